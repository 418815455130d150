package dev.relevo.cli;

import dev.relevo.check.Finding;
import dev.relevo.cli.config.Config;
import dev.relevo.cli.output.Documents;
import dev.relevo.cli.output.FindingsText;
import dev.relevo.cli.output.HandoverText;
import dev.relevo.cli.output.StepProgress;
import dev.relevo.handover.HandoverReport;
import dev.relevo.problem.ExitStatus;
import dev.relevo.upgrade.Settings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code relevo upgrade}. */
@Command(
        name = "upgrade",
        description = "check, start and switch in one go, with one question before the switch.")
final class UpgradeCommand extends ServerCommand {
    @Mixin private final HandoverOptions handover = new HandoverOptions();

    @Mixin private final StartOptions start = new StartOptions();

    @Override
    Config options() {
        return handover.config().or(start.config());
    }

    @Override
    void refuse() {
        handover.mustBeAnswerable(console());
    }

    @Override
    Settings complete(Settings settings) {
        return settings.leavingOut(start.leftOut());
    }

    @Override
    ExitStatus run(Commands commands) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        List<Finding> findings = commands.check(false);
        document.put("check", Documents.findings(findings));
        if (FindingsText.hasErrors(findings)) {
            root().result(FindingsText.of(findings), () -> document);
            return ExitStatus.CHECK;
        }
        if (!root().quiet()) {
            console().err().println(FindingsText.of(findings) + "\n");
        }
        List<StepProgress.Outcome> outcomes = steps(commands::start);
        document.put("start", Documents.steps(outcomes));
        handover.confirm(console(), SwitchCommand.QUESTION);
        app().interruption().say(SwitchCommand.DURING);
        HandoverReport report = handover(commands::switchOver);
        document.put("switch", Documents.handover(report));
        root().result(
                        HandoverText.of(report)
                                + "\nThe old server follows: relevo rollback goes back, relevo finish"
                                + " removes the way back.",
                        () -> document);
        return ExitStatus.OK;
    }

    @Override
    String interrupted() {
        return GOES_ON;
    }
}
