package dev.relevo.check;

import dev.relevo.check.Finding.Severity;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.List;

/**
 * Values of type {@code "char"} above 127. Until 15 a server writes the byte as it stands, which in
 * text is no character of most encodings; from 16 on it writes an octal number, of which an older
 * one takes the backslash, and is content.
 */
final class CharBytes implements Check {
    /** From here on a server writes and reads such a byte as an octal number. */
    private static final int OCTAL = 16;

    /** Tables up to this size are read; nobody expects a check to read more. */
    private static final long READ = 1L << 30;

    private record Column(String table, String name, String condition, long bytes) {}

    @Override
    public String id() {
        return "char-bytes";
    }

    @Override
    public List<Finding> find(Probe probe) {
        if (probe.old().version().atLeast(OCTAL)) {
            return List.of();
        }
        return probe
                .old()
                .query(
                        SqlFile.load(CharBytes.class, "char_columns"),
                        row ->
                                new Column(
                                        row.text("table_name"),
                                        row.text("column_name"),
                                        row.text("condition"),
                                        row.bigint("bytes")))
                .stream()
                .filter(column -> column.bytes() > READ || isThere(probe.old(), column))
                .map(column -> finding(column, probe))
                .toList();
    }

    private static boolean isThere(Session old, Column column) {
        return old.exists(
                "SELECT FROM ONLY %s WHERE %s LIMIT 1"
                        .formatted(column.table(), column.condition()));
    }

    private Finding finding(Column column, Probe probe) {
        boolean known = column.bytes() <= READ;
        boolean lost = probe.fresh().version().atLeast(OCTAL);
        return new Finding(
                id(),
                known && lost ? Severity.ERROR : Severity.WARNING,
                "column %s of table %s, of type \"char\", %s a byte above 127"
                        .formatted(column.name(), column.table(), known ? "holds" : "may hold"),
                (lost
                                ? "From 16 on such a byte is written as an octal number, which the old server would take for a backslash on the way back."
                                : "As text it is no character, so the copy fails unless all columns of the table go in binary.")
                        + (known ? "" : " The table has more than 1 GB and was not read."),
                "Run ALTER TABLE %s ALTER COLUMN %s TYPE … on the old server: to smallint with USING %2$s::int, or to text; it rewrites the table."
                        .formatted(column.table(), column.name()));
    }
}
