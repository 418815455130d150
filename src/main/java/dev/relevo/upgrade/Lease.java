package dev.relevo.upgrade;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.util.Map;
import java.util.Optional;

/**
 * One operator at a time: a session-level advisory lock in the old database, held as long as a
 * command works. It is gone the moment its holder dies.
 */
final class Lease implements AutoCloseable {
    /** "relevo" on a telephone's keys, then 2; the handover's dead-men use 1. */
    private static final String KEY = "735386, 2";

    private static final String HOLDER =
            """
            SELECT pg_catalog.format('%s, since %s%s', pg_catalog.substr(a.application_name, 8),
                       pg_catalog.to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS TZ'),
                       CASE WHEN a.client_addr IS NULL THEN '' ELSE ', from ' || pg_catalog.host(a.client_addr) END) AS holder
            FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
            WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 735386 AND l.objid = 2
              AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
            """;

    private final Session session;

    private Lease(Session session) {
        this.session = session;
    }

    /**
     * Takes the lease.
     *
     * @param command what is about to be done
     * @param operator who does it
     */
    static Lease take(Endpoint old, String command, String operator) {
        Session session =
                old.open(
                        command + " by " + operator,
                        Map.of(
                                "tcp_keepalives_idle", "5",
                                "tcp_keepalives_interval", "2",
                                "tcp_keepalives_count", "3"));
        boolean taken =
                session.one(
                        "SELECT pg_catalog.pg_try_advisory_lock(" + KEY + ") AS taken",
                        row -> row.bool("taken"));
        if (!taken) {
            String who = holder(session).orElse("somebody whose session has just ended");
            session.close();
            throw new Problem(
                            ExitStatus.BUSY,
                            "busy",
                            "another operator is at work on this pair of servers",
                            who,
                            "Wait until that command has ended; relevo status shows what it does.")
                    .toException();
        }
        return new Lease(session);
    }

    /** Who holds it, if anybody does. */
    static Optional<String> holder(Session old) {
        return old.first(HOLDER, row -> row.text("holder"));
    }

    int pid() {
        return session.pid();
    }

    /**
     * Lets go by a statement, whose answer is waited for: a command that follows at once must not
     * find a session that has not ended yet. A session that is lost has let go, or will when its
     * server notices.
     */
    @Override
    public void close() {
        try {
            session.text("SELECT pg_catalog.pg_advisory_unlock(" + KEY + ")");
        } catch (PgException e) {
            assert e != null;
        }
        session.close();
    }
}
