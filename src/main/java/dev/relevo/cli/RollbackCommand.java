package dev.relevo.cli;

import dev.relevo.cli.config.Config;
import dev.relevo.cli.output.Documents;
import dev.relevo.cli.output.HandoverText;
import dev.relevo.handover.HandoverReport;
import dev.relevo.problem.ExitStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code relevo rollback}. */
@Command(
        name = "rollback",
        description =
                "Hands the clients back to the old server, with everything written since the switch.",
        footer = {"", "Given again after an interruption, it only tidies up."})
final class RollbackCommand extends ServerCommand {
    private static final String QUESTION = "Hand the clients back to the old server now?";

    @Mixin private final HandoverOptions handover = new HandoverOptions();

    @Override
    Config options() {
        return handover.config();
    }

    @Override
    void refuse() {
        handover.mustBeAnswerable(console());
    }

    @Override
    ExitStatus run(Commands commands) {
        handover.confirm(console(), QUESTION);
        app().interruption().say(SwitchCommand.DURING);
        commands.ignoreDifferences(handover.ignored());
        HandoverReport report = handover(commands::rollback);
        root().result(HandoverText.of(report), () -> Documents.handover(report));
        return ExitStatus.OK;
    }

    @Override
    String interrupted() {
        return NOTHING_CHANGED;
    }
}
