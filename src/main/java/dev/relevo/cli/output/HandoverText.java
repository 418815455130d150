package dev.relevo.cli.output;

import dev.relevo.handover.HandoverReport;
import java.util.Locale;

/** A handover as a picture: a bar a step, one below the other as they happened. */
public final class HandoverText {
    private static final int WIDTH = 40;
    private static final String[] EIGHTHS = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

    private HandoverText() {}

    public static String of(HandoverReport report) {
        StringBuilder text = new StringBuilder();
        text.append(report.from())
                .append(" → ")
                .append(report.to())
                .append(": clients held ")
                .append(Texts.millis(report.heldMs()))
                .append(" at most, of which ")
                .append(Texts.millis(report.drainMs()))
                .append(" for their own transactions to end; ")
                .append(Texts.millis(report.totalMs()))
                .append(" in all\n");
        double sum = report.steps().stream().mapToDouble(HandoverReport.Timing::ms).sum();
        int name = report.steps().stream().mapToInt(s -> s.name().length()).max().orElse(1);
        double before = 0;
        for (HandoverReport.Timing step : report.steps()) {
            text.append(
                    String.format(
                            Locale.ROOT,
                            "  %-" + name + "s %9s  %s%n",
                            step.name(),
                            Texts.millis(step.ms()),
                            bar(before, step.ms(), sum)));
            before += step.ms();
        }
        return text.toString().stripTrailing();
    }

    /** Begins where the step before ended, and is never invisible. */
    static String bar(double before, double ms, double sum) {
        if (sum <= 0) {
            return "";
        }
        int start = (int) Math.min(WIDTH - 1, Math.floor(before / sum * WIDTH));
        int eighths = (int) Math.max(1, Math.round(ms / sum * WIDTH * 8));
        return " ".repeat(start) + "█".repeat(eighths / 8) + EIGHTHS[eighths % 8];
    }
}
