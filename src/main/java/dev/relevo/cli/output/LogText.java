package dev.relevo.cli.output;

import dev.relevo.ledger.Chronicle;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.stream.Collectors;

/** The journal, a line for each entry; steps stand below their command. */
public final class LogText {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

    private LogText() {}

    public static String of(List<Chronicle.Entry> entries) {
        return entries.isEmpty()
                ? "Nothing was done yet."
                : entries.stream().map(LogText::line).collect(Collectors.joining("\n"));
    }

    private static String line(Chronicle.Entry entry) {
        boolean whole = entry.step().isEmpty();
        String subject = whole ? entry.command() + ", by " + entry.operator() : "  " + entry.step();
        String note = entry.note().isEmpty() ? "" : ": " + Texts.oneLine(entry.note(), 400);
        return TIME.format(entry.at()) + "  " + subject + "  " + entry.what() + note;
    }
}
