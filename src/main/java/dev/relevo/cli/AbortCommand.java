package dev.relevo.cli;

import dev.relevo.cli.output.Documents;
import dev.relevo.cli.output.StepProgress;
import dev.relevo.problem.ExitStatus;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code relevo abort}. */
@Command(
        name = "abort",
        description = "Before the switch: removes every trace of Relevo on both servers.")
final class AbortCommand extends ServerCommand {
    @Override
    ExitStatus run(Commands commands) {
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
