package dev.relevo.cli;

import dev.relevo.cli.output.Documents;
import dev.relevo.cli.output.SyncText;
import dev.relevo.problem.ExitStatus;
import dev.relevo.upgrade.SyncReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code relevo sync}. */
@Command(
        name = "sync",
        description =
                "Carries passwords, roles, memberships, settings and privileges that were changed on the"
                        + " server that serves to the one that follows.",
        footer = {"", "switch and rollback do the same by themselves."})
final class SyncCommand extends ServerCommand {
    @Option(
            names = {"-n", "--dry-run"},
            description = "Only show the statements; change nothing.")
    private boolean dryRun;

    @Override
    ExitStatus run(Commands commands) {
        SyncReport report =
                commands.sync(
                        dryRun,
                        note -> {
                            if (!root().quiet()) {
                                console().err().println("note: " + note);
                            }
                        });
        root().result(SyncText.of(report), () -> Documents.sync(report));
        return report.differences().isEmpty() ? ExitStatus.OK : ExitStatus.STATE;
    }

    @Override
    String interrupted() {
        return dryRun ? NOTHING_CHANGED : GOES_ON;
    }
}
