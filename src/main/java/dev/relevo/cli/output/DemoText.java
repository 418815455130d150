package dev.relevo.cli.output;

import dev.relevo.handover.HandoverReport;
import dev.relevo.lab.DemoReport;
import java.util.Locale;

/** The demo's report for people: what was asked of Relevo, what clients felt, the verdict. */
public final class DemoText {
    private DemoText() {}

    public static String of(DemoReport report, Console console) {
        StringBuilder text = new StringBuilder();
        line(text, "PostgreSQL", report.oldVersion() + " → " + report.newVersion());
        line(
                text,
                "Load",
                report.load()
                        + ", "
                        + Texts.plural(report.clients(), "client")
                        + ", "
                        + Texts.plural(report.transactions(), "transaction")
                        + " committed");
        line(
                text,
                "Longest",
                Texts.millis(report.longestMs())
                        + " over the handovers, "
                        + Texts.millis(report.baselineLongestMs())
                        + " before the first one");
        line(
                text,
                "Balance",
                report.balanced()
                        ? "accounts, tellers, branches and history agree on both servers"
                        : "accounts, tellers, branches and history DO NOT agree");
        for (HandoverReport handover : report.handovers()) {
            text.append('\n').append(HandoverText.of(handover)).append('\n');
        }
        report.complaints().forEach(complaint -> line(text, "Seen", complaint));
        text.append('\n').append(verdict(report, console));
        return text.toString();
    }

    private static String verdict(DemoReport report, Console console) {
        String counts =
                Texts.count(report.failed())
                        + " failed, "
                        + Texts.count(report.lost())
                        + " lost, "
                        + Texts.count(report.duplicated())
                        + " doubled";
        if (report.unknownCommitted() > 0) {
            counts +=
                    ", " + Texts.count(report.unknownCommitted()) + " committed without an answer";
        }
        if (!report.balanced()) {
            counts += ", sums differ";
        }
        if (report.promiseKept() && report.failed() > 0) {
            counts +=
                    " (a lasting connection must be opened anew once per handover: at most "
                            + report.allowedFailures()
                            + " may fail)";
        }
        return report.promiseKept() ? console.green(counts) : console.red(counts);
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "%-11s %s%n", name, value));
    }
}
