package dev.relevo.cli;

import dev.relevo.cli.config.Config;
import dev.relevo.cli.output.Documents;
import dev.relevo.cli.output.StepProgress;
import dev.relevo.problem.ExitStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code relevo start}. */
@Command(
        name = "start",
        description =
                "Copies roles, schema and data, and lets the new server follow the old one. Clients"
                        + " notice nothing.",
        footer = {"", "Given again, it goes on where it was interrupted."})
final class StartCommand extends ServerCommand {
    @Option(
            names = {"-j", "--jobs"},
            paramLabel = "N",
            converter = HandoverOptions.JobsConverter.class,
            description =
                    "Tables or indexes worked on at once (default: by both servers' processors).")
    private @Nullable Integer jobs;

    @Mixin private final RateOption rate = new RateOption();

    @Override
    Config options() {
        return Config.ofCopy(jobs, rate.bytesPerSecond());
    }

    @Override
    ExitStatus run(Commands commands) {
        List<StepProgress.Outcome> outcomes = steps(commands::start);
        root().result(
                        "The new server follows the old one. Next: relevo status, relevo switch",
                        () -> Documents.steps(outcomes));
        return ExitStatus.OK;
    }

    @Override
    String interrupted() {
        return GOES_ON;
    }
}
