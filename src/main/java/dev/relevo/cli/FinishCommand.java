package dev.relevo.cli;

import dev.relevo.cli.output.Documents;
import dev.relevo.cli.output.StepProgress;
import dev.relevo.problem.ExitStatus;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code relevo finish}. */
@Command(
        name = "finish",
        description =
                "After the switch: removes the way back and every trace of Relevo on both servers.")
final class FinishCommand extends ServerCommand {
    @Override
    ExitStatus run(Commands commands) {
        List<StepProgress.Outcome> outcomes = steps(commands::finish);
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
