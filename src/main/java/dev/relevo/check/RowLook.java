package dev.relevo.check;

import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.pg.Size;
import dev.relevo.pg.SqlFile;
import dev.relevo.pg.SqlState;
import java.time.Duration;
import java.util.Map;

/**
 * Counts rows that are not as they should be, in a session of its own that can change nothing. What
 * it asks may call only what is PostgreSQL's own; that is for the caller to see to.
 *
 * <p>Spends a second in all, and reads no more than {@value #MEGABYTES} MB for one question; a deep
 * look reads what there is, for an hour at most each. Takes ACCESS SHARE on the tables of a
 * question for as long as it lasts, and waits no longer than a second for it.
 */
final class RowLook implements AutoCloseable {
    static final int MEGABYTES = 64;

    private static final Duration ALL = Duration.ofSeconds(1);

    /** The question {@code name.sql}, which goes on where {@code harmless.sql} ends. */
    static String query(String name) {
        return SqlFile.load(RowLook.class, "harmless") + SqlFile.load(RowLook.class, name);
    }

    private final Session session;
    private final boolean deep;
    private final long begun = System.nanoTime();

    /** What came of a question. */
    sealed interface Answer {
        /** So many rows, and one of them. */
        record Rows(long number, String example) implements Answer {}

        /** It was not asked, or not answered in time. */
        record Unknown(String why) implements Answer {}
    }

    private RowLook(Session session, boolean deep) {
        this.session = session;
        this.deep = deep;
    }

    static RowLook on(Probe probe) {
        boolean deep = probe.context().deep();
        return new RowLook(
                probe.old()
                        .endpoint()
                        .open(
                                "check",
                                Map.of(
                                        "default_transaction_read_only", "on",
                                        "constraint_exclusion", "off",
                                        "lock_timeout", "1s",
                                        "statement_timeout", deep ? "1h" : ALL.toMillis() + "ms")),
                deep);
    }

    /**
     * How many rows of a table there are for which something is true.
     *
     * @param rows the table and what is true of them, as behind FROM
     * @param example an expression that shows such a row
     * @param bytes how much has to be read
     */
    Answer count(String rows, String example, long bytes) {
        if (!deep && bytes > (long) MEGABYTES << 20) {
            return new Answer.Unknown(Size.text(bytes));
        }
        if (!deep && System.nanoTime() - begun > ALL.toNanos()) {
            return new Answer.Unknown("no time left");
        }
        try {
            return session.one(
                    withoutParameters(
                            "SELECT pg_catalog.count(*) AS n, coalesce(pg_catalog.min("
                                    + example
                                    + "), '') AS example FROM "
                                    + rows),
                    row -> new Answer.Rows(row.bigint("n"), row.text("example")));
        } catch (PgException e) {
            if (e.isConnectionLost()) {
                throw e;
            }
            return new Answer.Unknown(
                    e.is(SqlState.QUERY_CANCELED)
                            ? "takes longer than " + (deep ? "an hour" : "a second")
                            : e.is(SqlState.LOCK_NOT_AVAILABLE)
                                    ? "locked by somebody"
                                    : String.valueOf(e.getMessage()));
        }
    }

    /** The driver takes a question mark for a parameter, unless there are two or it is quoted. */
    static String withoutParameters(String sql) {
        StringBuilder all = new StringBuilder();
        char quoted = 0;
        for (int i = 0; i < sql.length(); i++) {
            char c = sql.charAt(i);
            if (quoted == 0 && (c == '\'' || c == '"')) {
                quoted = c;
            } else if (c == quoted) {
                quoted = 0;
            }
            all.append(quoted == 0 && c == '?' ? "??" : String.valueOf(c));
        }
        return all.toString();
    }

    @Override
    public void close() {
        session.close();
    }
}
