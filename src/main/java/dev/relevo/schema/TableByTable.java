package dev.relevo.schema;

import dev.relevo.catalog.QualifiedName;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import dev.relevo.pg.SqlState;
import dev.relevo.plan.Progress;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Pause;
import dev.relevo.problem.Problem;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * Changes tables that clients are using, one after the other, each in a transaction of its own.
 *
 * <p>A strong lock that waits makes everybody behind it wait as well, so it waits 100 ms; then the
 * clients get their turn, other tables are done, and the busy one is tried again. Where
 * transactions overlap without a gap that is never enough: after each round in which no table could
 * be changed it waits twice as long, but no longer than a second. Gives up when no table could be
 * changed for a while, and names who is in the way. {@code deadlock_timeout=10ms} makes autovacuum
 * give way before that.
 *
 * <p>The transactions commit asynchronously, for 3,000 tables would be 3,000 flushes; a last one
 * flushes them all. What a crash of the server loses before that is found missing and done again.
 */
final class TableByTable {
    private static final Map<String, String> SETTINGS =
            Map.of(
                    "deadlock_timeout", "10ms",
                    "synchronous_commit", "off",
                    // No event trigger of the users' that notes down DDL may write behind a fence.
                    "session_replication_role", "replica");
    private static final int FIRST_WAIT_MS = 100;
    private static final int LONGEST_WAIT_MS = 1000;
    private static final int NAMED_HOLDERS = 5;
    private static final Duration PAUSE = Duration.ofMillis(150);
    private static final String UNDEFINED_TABLE = "42P01";

    private final Endpoint server;
    private final String purpose;
    private final Duration patience;
    private final List<String> harmless;

    /**
     * Prepares; opens nothing yet.
     *
     * @param patience how long to go on while no table can be changed
     * @param harmless lock modes that do not conflict with the work, to name only real blockers
     */
    TableByTable(Endpoint server, String purpose, Duration patience, List<String> harmless) {
        this.server = server;
        this.purpose = purpose;
        this.patience = patience;
        this.harmless = harmless;
    }

    /** What is done to a table, inside a transaction. */
    @FunctionalInterface
    interface Work {
        void on(Session session, QualifiedName table);
    }

    /**
     * Does {@code work} for each table; one that was dropped meanwhile is passed over.
     *
     * @throws dev.relevo.problem.ProblemException {@code table-busy} with the blockers
     */
    void forEach(Collection<QualifiedName> tables, Work work, Progress progress) {
        if (tables.isEmpty()) {
            return;
        }
        try (Session session = server.open(purpose, SETTINGS)) {
            Deque<QualifiedName> left = new ArrayDeque<>(tables);
            int failuresInARow = 0;
            long lastSuccess = System.nanoTime();
            int wait = FIRST_WAIT_MS;
            while (!left.isEmpty()) {
                QualifiedName table = left.removeFirst();
                if (attempt(session, table, work, wait)) {
                    progress.report(tables.size() - left.size(), tables.size(), "tables");
                    failuresInARow = 0;
                    wait = FIRST_WAIT_MS;
                    lastSuccess = System.nanoTime();
                    continue;
                }
                left.addLast(table);
                if (System.nanoTime() - lastSuccess > patience.toNanos()) {
                    throw busy(session, left, table);
                }
                if (++failuresInARow >= left.size()) {
                    Pause.of(PAUSE);
                    failuresInARow = 0;
                    wait = Math.min(2 * wait, LONGEST_WAIT_MS);
                }
            }
            flush(session);
        }
    }

    private static boolean attempt(Session session, QualifiedName table, Work work, int waitMs) {
        try {
            session.set("lock_timeout", waitMs + "ms");
            session.transaction(() -> work.on(session, table));
            return true;
        } catch (PgException e) {
            if (e.is(UNDEFINED_TABLE)) {
                return true;
            }
            if (e.is(SqlState.LOCK_NOT_AVAILABLE) || e.is(SqlState.DEADLOCK_DETECTED)) {
                return false;
            }
            throw e;
        }
    }

    /** A commit that wrote something flushes all that was committed before it. */
    private static void flush(Session session) {
        session.set("synchronous_commit", "on");
        session.text("SELECT pg_catalog.pg_logical_emit_message(true, 'relevo', 'flush')");
    }

    private RuntimeException busy(Session session, Deque<QualifiedName> left, QualifiedName table) {
        // Between two attempts nobody may hold the table by chance, so all that are left are asked.
        List<String> held = new ArrayList<>();
        for (QualifiedName each : left) {
            holders(session, each).forEach(holder -> held.add(each + " is held by " + holder));
        }
        String detail = String.join("; ", held.subList(0, Math.min(held.size(), NAMED_HOLDERS)));
        if (held.size() > NAMED_HOLDERS) {
            detail += "; and " + (held.size() - NAMED_HOLDERS) + " more";
        }
        String seconds = patience.toMillis() / 1000.0 + " s";
        return new Problem(
                        ExitStatus.FAILED,
                        "table-busy",
                        "no moment was found within " + seconds + " to change table " + table,
                        detail,
                        "Let these transactions end, or end one with SELECT"
                                + " pg_terminate_backend(<pid>), then run the same command again.")
                .toException();
    }

    private List<String> holders(Session session, QualifiedName table) {
        return session.query(
                SqlFile.load(TableByTable.class, "lock_holders"),
                row -> {
                    String prepared = row.textOrNull("prepared");
                    if (row.textOrNull("pid") == null) {
                        return prepared == null
                                ? "a prepared transaction"
                                : "the prepared transaction '" + prepared + "'";
                    }
                    return "pid %s (role %s, application \"%s\", from %s), in its transaction since %s, %s"
                            .formatted(
                                    row.text("pid"),
                                    row.textOrNull("role"),
                                    row.textOrNull("application"),
                                    row.textOrNull("address"),
                                    row.textOrNull("since"),
                                    row.text("mode"));
                },
                table.sql(),
                harmless);
    }
}
