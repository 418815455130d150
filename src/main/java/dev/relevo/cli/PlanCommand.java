package dev.relevo.cli;

import dev.relevo.cli.output.Documents;
import dev.relevo.cli.output.PlanText;
import dev.relevo.problem.ExitStatus;
import dev.relevo.upgrade.Upgrade.PlannedStep;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code relevo plan}. */
@Command(
        name = "plan",
        description = "Prints every statement that would be run, step by step; changes nothing.")
final class PlanCommand extends ServerCommand {
    @Override
    ExitStatus run(Commands commands) {
        List<PlannedStep> steps = commands.plan();
        root().result(PlanText.of(steps), () -> Documents.plan(steps));
        return ExitStatus.OK;
    }

    @Override
    String interrupted() {
        return NOTHING_CHANGED;
    }
}
