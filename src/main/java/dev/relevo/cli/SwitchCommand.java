package dev.relevo.cli;

import dev.relevo.cli.config.Config;
import dev.relevo.cli.output.Documents;
import dev.relevo.cli.output.HandoverText;
import dev.relevo.handover.HandoverReport;
import dev.relevo.problem.ExitStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code relevo switch}. */
@Command(
        name = "switch",
        description =
                "Hands the clients over to the new server; they wait for a moment, and none fails.",
        footer = {"", "Given again after an interruption, it only tidies up."})
final class SwitchCommand extends ServerCommand {
    static final String DURING =
            "nothing is lost; the servers settle within a second which of them serves; run the same"
                    + " command again";
    static final String QUESTION = "Hand the clients over to the new server now?";

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
        app().interruption().say(DURING);
        commands.ignoreDifferences(handover.ignored());
        HandoverReport report = handover(commands::switchOver);
        root().result(HandoverText.of(report), () -> Documents.handover(report));
        return ExitStatus.OK;
    }

    @Override
    String interrupted() {
        return NOTHING_CHANGED;
    }
}
