package dev.relevo.cli;

import dev.relevo.cli.config.Config;
import dev.relevo.cli.output.Background;
import dev.relevo.cli.output.CopyText;
import dev.relevo.cli.output.Documents;
import dev.relevo.cli.output.JoinProgress;
import dev.relevo.copy.JoinCopy;
import dev.relevo.copy.Standing;
import dev.relevo.problem.ExitStatus;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code relevo copy-worker}. */
@Command(
        name = "copy-worker",
        description =
                "Helps relevo start with the copy, from another machine: best from the new server's.",
        footer = {
            "",
            "Any number of them may run. Each ends when nothing is left to copy, and may be ended at"
                    + " any time."
        })
final class CopyWorkerCommand extends ServerCommand {
    @Option(
            names = {"-j", "--jobs"},
            paramLabel = "N",
            converter = HandoverOptions.JobsConverter.class,
            description =
                    "Tables or indexes worked on at once (default: this machine's processors).")
    private @Nullable Integer jobs;

    @Mixin private final RateOption rate = new RateOption();

    @Override
    Config options() {
        return Config.ofStart(jobs, null, rate.bytesPerSecond());
    }

    @Override
    ExitStatus run(Commands commands) {
        JoinProgress progress = new JoinProgress(console(), root().quiet(), app().clock());
        JoinCopy.Share share;
        try (Background<Standing> background = new Background<>(progress)) {
            share = commands.joinCopy(background);
        } finally {
            progress.clear();
        }
        root().result(CopyText.of(share), () -> Documents.share(share));
        return ExitStatus.OK;
    }

    @Override
    String interrupted() {
        return "the copy goes on without this worker; others do again what it was at";
    }
}
