package dev.relevo.replication;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Pause;
import dev.relevo.problem.Problem;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A backend of the old server that keeps an exported snapshot, also when this process is killed.
 *
 * <p>A snapshot lives as long as the transaction that exported it, and a transaction as long as its
 * client. So the transaction runs a statement that does not end, in which the server does not look
 * at the client: {@code client_connection_check_interval} and every time-out are 0. It goes when it
 * is terminated, when the server stops, and by itself when no session of Relevo's has been seen for
 * {@link #PATIENCE}: meanwhile it holds back VACUUM on production, as every long transaction does.
 *
 * @param snapshot for {@code SET TRANSACTION SNAPSHOT}, in the same database
 * @param pid of the backend
 * @param since its {@code backend_start}, since pids come again
 */
record Keeper(String snapshot, int pid, String since) {
    /** How long it stays when no session of Relevo's is connected. */
    static final Duration PATIENCE = Duration.ofMinutes(30);

    private static final String PURPOSE = "keeper";

    /** What {@code pg_stat_activity} shows. */
    static final String NAME = Session.NAME_PREFIX + PURPOSE;

    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private static final String ALIVE =
            "SELECT FROM pg_catalog.pg_stat_activity a WHERE a.pid = ? AND a.backend_start::text = ?"
                    + " AND a.state = 'active' AND a.application_name = '"
                    + NAME
                    + "'";

    /**
     * Takes over a snapshot that somebody else exports for the moment.
     *
     * @param exported what can be imported while this runs
     * @param patience see {@link #PATIENCE}
     */
    static Keeper start(Endpoint endpoint, String exported, Duration patience) {
        Map<String, String> settings = new HashMap<>();
        settings.put("statement_timeout", "0");
        settings.put("lock_timeout", "0");
        settings.put("relevo.patience", Long.toString(patience.toMillis()));
        Session session = endpoint.open(PURPOSE, settings);
        try {
            if (session.version().atLeast(14)) {
                session.set("client_connection_check_interval", "0");
            }
            String since =
                    session.text(
                            "SELECT backend_start::text FROM pg_catalog.pg_stat_activity"
                                    + " WHERE pid = pg_catalog.pg_backend_pid()");
            session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
            session.execute("SET TRANSACTION SNAPSHOT " + Quote.literal(exported));
            String snapshot = session.text("SELECT pg_catalog.pg_export_snapshot()");
            Keeper keeper = new Keeper(snapshot, session.pid(), since);
            Thread.ofPlatform().daemon().name(NAME).start(() -> hold(session));
            keeper.awaitAlive(endpoint);
            return keeper;
        } catch (RuntimeException e) {
            session.close();
            throw e;
        }
    }

    private static void hold(Session session) {
        try (session) {
            session.execute(SqlFile.load(Keeper.class, "keeper"));
        } catch (PgException e) {
            // It was terminated, as it is meant to end; whoever needs the snapshot asks the server.
            assert e != null;
        }
    }

    private void awaitAlive(Endpoint endpoint) {
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        try (Session other = endpoint.open("snapshot")) {
            // Idle in its transaction it would end with us.
            while (!isAlive(other)) {
                if (System.nanoTime() > deadline) {
                    throw new Problem(
                                    ExitStatus.FAILED,
                                    "snapshot-lost",
                                    "the session that keeps the snapshot of the copy has ended",
                                    "pid " + pid + " on " + endpoint.display(),
                                    "Run the same command again.")
                            .toException();
                }
                Pause.of(Duration.ofMillis(5));
            }
        }
    }

    /** Whether it still holds the snapshot. */
    boolean isAlive(Session here) {
        return here.exists(ALIVE, pid, since);
    }

    /** Ends every keeper of this database, and waits until it is gone. */
    static void endAll(Session here) {
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        while (!ended(here) && System.nanoTime() < deadline) {
            Pause.of(Duration.ofMillis(10));
        }
    }

    private static boolean ended(Session here) {
        List<Boolean> keepers =
                here.query(
                        "SELECT pg_catalog.pg_terminate_backend(a.pid) AS told FROM"
                                + " pg_catalog.pg_stat_activity a WHERE a.datname ="
                                + " pg_catalog.current_database() AND a.application_name = ?",
                        row -> row.bool("told"),
                        NAME);
        return keepers.isEmpty();
    }
}
