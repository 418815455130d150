package dev.relevo.cli;

import dev.relevo.cli.config.Config;
import dev.relevo.cli.output.Documents;
import dev.relevo.cli.output.StepProgress;
import dev.relevo.problem.ExitStatus;
import dev.relevo.upgrade.Settings;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code relevo start}. */
@Command(
        name = "start",
        description =
                "Copies roles, schema and data, and lets the new server follow the old one. Clients"
                        + " notice nothing.",
        footer = {"", "Given again, it goes on where it was interrupted."})
final class StartCommand extends ServerCommand {
    @Mixin private final StartOptions start = new StartOptions();

    @Override
    Config options() {
        return start.config();
    }

    @Override
    Settings complete(Settings settings) {
        return settings.leavingOut(start.leftOut());
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
