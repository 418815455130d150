package dev.relevo.handover;

import dev.relevo.catalog.QualifiedName;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import dev.relevo.pg.SqlState;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.time.Duration;
import java.util.List;

/** Locks on all tables of a handover at once, in the transaction of one session. */
final class TableLocks {
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private TableLocks() {}

    /**
     * Takes SHARE UPDATE EXCLUSIVE on every table: clients read and write on, while VACUUM, ANALYZE
     * and DDL wait. Autovacuum gives way within 10 ms, unless it works against wraparound. Nobody
     * who reads or writes queues behind our waiting.
     *
     * @throws dev.relevo.problem.ProblemException that names who holds a table, after three seconds
     */
    static void quiet(Session session, List<QualifiedName> tables) {
        try {
            session.execute(quietly(tables));
        } catch (PgException e) {
            if (!e.is(SqlState.LOCK_NOT_AVAILABLE) && !e.is(SqlState.DEADLOCK_DETECTED)) {
                throw e;
            }
            throw new Problem(
                            ExitStatus.ABORTED,
                            "tables-busy",
                            "a table is held by VACUUM, ANALYZE, CREATE INDEX or other DDL at "
                                    + session.endpoint().display(),
                            String.join("; ", holders(session)),
                            "Wait until it has ended, or end it with pg_terminate_backend, then run the"
                                    + " same command again.")
                    .toException(e);
        }
    }

    /**
     * Behind {@link #quiet}, which keeps DDL away: every table has its fence.
     *
     * @throws dev.relevo.problem.ProblemException that names those whose triggers somebody has
     *     changed a moment ago
     */
    static void requireFences(Session session, List<QualifiedName> tables) {
        List<String> without =
                session.query(
                        Script.WITHOUT_FENCE,
                        row -> row.text("name"),
                        tables.stream().map(QualifiedName::sql).toList());
        if (!without.isEmpty()) {
            throw new Problem(
                            ExitStatus.ABORTED,
                            "fence-missing",
                            "the trigger relevo_fence is missing or disabled at "
                                    + session.endpoint().display(),
                            "on " + String.join(", ", without),
                            "Run the same command again: it puts the triggers right first.")
                    .toException();
        }
    }

    /** What {@link #quiet} runs. */
    static String quietly(List<QualifiedName> tables) {
        return statement(tables, "SHARE UPDATE EXCLUSIVE", PATIENCE);
    }

    /**
     * Takes EXCLUSIVE on every table behind a savepoint, waiting for each at most {@code timeout}.
     */
    static String behind(String savepoint, List<QualifiedName> tables, Duration timeout) {
        return "SAVEPOINT " + savepoint + "; " + statement(tables, "EXCLUSIVE", timeout);
    }

    private static String statement(List<QualifiedName> tables, String mode, Duration timeout) {
        String limit = "SET lock_timeout = " + timeout.toMillis();
        return tables.isEmpty()
                ? limit
                : limit
                        + "; LOCK TABLE ONLY "
                        + String.join(", ONLY ", tables.stream().map(QualifiedName::sql).toList())
                        + " IN "
                        + mode
                        + " MODE";
    }

    private static List<String> holders(Session session) {
        try (Session other = session.endpoint().open("switch blockers")) {
            return other.query(
                    SqlFile.load(TableLocks.class, "lock_holders"),
                    row -> row.text("description"),
                    session.pid());
        }
    }
}
