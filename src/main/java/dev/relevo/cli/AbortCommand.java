package dev.relevo.cli;

import dev.relevo.cli.output.Documents;
import dev.relevo.cli.output.StepProgress;
import dev.relevo.problem.ExitStatus;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code relevo abort}. */
@Command(
        name = "abort",
        description = "Before the switch: removes every trace of Relevo on both servers.")
final class AbortCommand extends ServerCommand {
    @Mixin private final Confirmation confirmation = new Confirmation();

    @Override
    void refuse() {
        confirmation.mustBeAnswerable(console(), "removes the copy");
    }

    @Override
    ExitStatus run(Commands commands) {
        List<String> losses = commands.destroyedBy(false);
        if (!losses.isEmpty()) {
            confirmation.confirm(
                    console(),
                    "relevo abort " + String.join(";\n  ", losses) + ". Go ahead?",
                    "the copy stays");
        }
        List<StepProgress.Outcome> outcomes = steps(commands::abort);
        root().result(
                        "Done: nothing of Relevo is left on either server.",
                        () -> Documents.steps(outcomes));
        return ExitStatus.OK;
    }

    @Override
    String interrupted() {
        return GOES_ON;
    }
}
