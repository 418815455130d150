package dev.relevo.copy;

import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlState;
import java.time.Duration;

/** The sessions of workers on a server, on whatever machine their processes run. */
final class Workers {
    /** What every worker's {@code application_name} begins with. */
    static final String PREFIX = Session.NAME_PREFIX + Worker.PURPOSE;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Workers() {}

    static int count(Session session) {
        return session.one(
                "SELECT pg_catalog.count(*) AS workers FROM pg_catalog.pg_stat_activity a WHERE"
                        + " a.datname = pg_catalog.current_database() AND"
                        + " pg_catalog.starts_with(a.application_name, ?)",
                row -> row.integer("workers"),
                PREFIX);
    }

    /** Ends those of one purpose; what they were at is rolled back. */
    static void end(Session session, String purpose) {
        session.query(
                "SELECT pg_catalog.pg_terminate_backend(a.pid) AS told FROM"
                        + " pg_catalog.pg_stat_activity a WHERE a.datname ="
                        + " pg_catalog.current_database() AND a.application_name = ?",
                row -> row.bool("told"),
                Session.NAME_PREFIX + purpose);
    }

    /**
     * Drops the queue and ends every worker, so that none goes on with a copy that is over. A
     * worker that comes back in between holds the queue's tables for as long as its task takes:
     * therefore again and again, for a minute.
     */
    static void clear(Session fresh) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        String usual = fresh.text("SHOW lock_timeout");
        fresh.set("lock_timeout", "1s");
        while (true) {
            endAll(fresh);
            try {
                fresh.execute(Queue.DROP);
                break;
            } catch (PgException e) {
                if (!e.is(SqlState.LOCK_NOT_AVAILABLE) || System.nanoTime() > deadline) {
                    throw e;
                }
            }
        }
        endAll(fresh);
        fresh.set("lock_timeout", usual);
    }

    private static void endAll(Session session) {
        session.query(
                "SELECT pg_catalog.pg_terminate_backend(a.pid) AS told FROM"
                        + " pg_catalog.pg_stat_activity a WHERE a.datname ="
                        + " pg_catalog.current_database() AND"
                        + " pg_catalog.starts_with(a.application_name, ?)",
                row -> row.bool("told"),
                PREFIX);
    }
}
