package dev.relevo.cli.output;

import dev.relevo.plan.Statement;
import dev.relevo.upgrade.SyncReport;
import java.util.List;

/** What {@code sync} carried, as a script. */
public final class SyncText {
    private SyncText() {}

    /** Of this report. */
    public static String of(SyncReport report) {
        StringBuilder text = new StringBuilder();
        List<Statement> statements = report.statements();
        if (!statements.isEmpty()) {
            text.append("-- on the ").append(report.to()).append(" server:\n");
            statements.forEach(each -> text.append(each.text()).append(";\n"));
            text.append('\n');
        }
        report.notes().forEach(note -> text.append("note: ").append(note).append('\n'));
        report.differences().forEach(each -> text.append("left: ").append(each).append('\n'));
        return text.append(ending(report)).toString();
    }

    private static String ending(SyncReport report) {
        int n = report.statements().size();
        if (n == 0) {
            return "There is nothing to carry to the " + report.to() + " server.";
        }
        return report.dryRun()
                ? "Nothing was changed. relevo sync would run "
                        + Texts.plural(n, "statement")
                        + " on the "
                        + report.to()
                        + " server."
                : "Carried to the "
                        + report.to()
                        + " server by "
                        + Texts.plural(n, "statement")
                        + ".";
    }
}
