package dev.relevo.ledger;

import static dev.relevo.ledger.OwnTable.JOURNAL;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The journal, on the old server: which commands changed something, which steps they took, who gave
 * them, from where, and how they ended. For people; nothing is decided by it.
 *
 * <p>Entries made before the table is there are kept in memory until it is. Each is durable when
 * its write returns.
 */
public final class Chronicle {
    private static final String PREPARED =
            "SELECT WHERE pg_catalog.to_regclass('" + JOURNAL + "') IS NOT NULL";

    /** Whoever is told of a failure does not wait long for a server that may be the cause of it. */
    private static final Duration BRIEF = Duration.ofSeconds(5);

    private final Endpoint old;
    private final String operator;
    private final List<List<String>> waiting = new ArrayList<>();

    /**
     * Writes nothing yet.
     *
     * @param operator who is at work, and from where: {@code user@host}
     */
    public Chronicle(Endpoint old, String operator) {
        this.old = old;
        this.operator = operator;
    }

    /**
     * An entry.
     *
     * @param operator who, and from where: {@code user@host}
     * @param step empty for what is about the whole command
     * @param what {@code begin}, {@code done}, {@code undone} or {@code failed}
     * @param note for people: options, or how it ended
     */
    public record Entry(
            Instant at, String operator, String command, String step, String what, String note) {}

    /** Writes an entry about a step of a command. */
    public void write(String command, String step, String what, String note) {
        waiting.add(List.of(operator, command, step, what, note));
        boolean failed = what.equals("failed") || what.equals("undone");
        try (Session session = failed ? briefly() : old.openForDdl("journal")) {
            if (!session.exists(PREPARED)) {
                return;
            }
            // For people, who are not to wait for a standby that is not there before they are told.
            session.set("synchronous_commit", "local");
            session.transaction(() -> {
                for (List<String> entry : waiting) {
                    session.update(
                            "INSERT INTO "
                                    + JOURNAL
                                    + " (operator, command, step, what, note)"
                                    + " VALUES (?, ?, ?, ?, ?)",
                            entry.toArray());
                }
            });
        }
        waiting.clear();
    }

    private Session briefly() {
        return old.open("journal", Map.of("session_replication_role", "replica"), BRIEF);
    }

    /**
     * Runs a command between an entry that tells its options and one that tells how it ended. An
     * entry about the end that cannot be written does not hide how it ended.
     */
    public void during(String command, String options, Runnable work) {
        write(command, "", "begin", options);
        try {
            work.run();
        } catch (RuntimeException e) {
            try {
                write(command, "", ending(e), String.valueOf(e.getMessage()));
            } catch (PgException | ProblemException lost) {
                e.addSuppressed(lost);
            }
            throw e;
        }
        write(command, "", "done", "");
    }

    private static String ending(RuntimeException e) {
        return e instanceof ProblemException known
                        && known.problem().status() == dev.relevo.problem.ExitStatus.ABORTED
                ? "undone"
                : "failed";
    }

    /** Every entry, in order; none where there is no journal. */
    public static List<Entry> read(Endpoint old) {
        try (Session session = old.open("log")) {
            if (!session.exists(PREPARED)) {
                return List.of();
            }
            return session.query(
                    "SELECT pg_catalog.date_part('epoch', at) AS at, operator, command, step, what,"
                            + " note FROM "
                            + JOURNAL
                            + " ORDER BY n",
                    row ->
                            new Entry(
                                    Instant.ofEpochMilli(Math.round(row.real("at") * 1000)),
                                    row.text("operator"),
                                    row.text("command"),
                                    row.text("step"),
                                    row.text("what"),
                                    row.text("note")));
        }
    }
}
