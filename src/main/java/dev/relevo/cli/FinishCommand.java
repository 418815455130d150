package dev.relevo.cli;

import dev.relevo.cli.output.Documents;
import dev.relevo.cli.output.StepProgress;
import dev.relevo.problem.ExitStatus;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code relevo finish}. */
@Command(
        name = "finish",
        description =
                "After the switch: removes the way back, and everything of Relevo's but the journal on"
                        + " the old server.")
final class FinishCommand extends ServerCommand {
    @Mixin private final Confirmation confirmation = new Confirmation();

    @Override
    void refuse() {
        confirmation.mustBeAnswerable(console(), "removes the way back");
    }

    @Override
    ExitStatus run(Commands commands) {
        List<String> losses = commands.destroyedBy(true);
        if (!losses.isEmpty()) {
            confirmation.confirm(
                    console(),
                    "relevo finish " + String.join(";\n  ", losses) + ". Go ahead?",
                    "the way back stays");
        }
        List<StepProgress.Outcome> outcomes = steps(commands::finish);
        root().result(
                        "Done: the new server serves alone. The old one keeps the journal: relevo log.",
                        () -> Documents.steps(outcomes));
        return ExitStatus.OK;
    }

    @Override
    String interrupted() {
        return GOES_ON;
    }
}
