package dev.relevo.replication;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Pause;
import dev.relevo.problem.Problem;
import java.security.SecureRandom;
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
 * <p>That statement takes an advisory lock with a random number, which the transaction holds to its
 * end. Who holds that number now is the one, whoever asks: names and pids of backends come again,
 * times are written in the time zone of the one who asks, and {@code pg_stat_activity} shows no
 * state where {@code track_activities} is off.
 *
 * @param snapshot for {@code SET TRANSACTION SNAPSHOT}, in the same database
 * @param number of the advisory lock
 * @see <a href="https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS">
 *     Advisory locks</a>
 */
record Keeper(String snapshot, int number) {
    /** How long it stays when no session of Relevo's is connected. */
    static final Duration PATIENCE = Duration.ofMinutes(30);

    private static final String PURPOSE = "keeper";

    /** What {@code pg_stat_activity} shows. */
    static final String NAME = Session.NAME_PREFIX + PURPOSE;

    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private static final SecureRandom RANDOM = new SecureRandom();

    /** The advisory locks of keepers in this database, and who holds them. */
    private static final String LOCKS =
            " FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.classid ="
                    + " 735386 AND l.objsubid = 2 AND l.database = (SELECT d.oid FROM"
                    + " pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())";

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
        int number = RANDOM.nextInt(1, Integer.MAX_VALUE);
        settings.put("relevo.keeper", Integer.toString(number));
        Session session = endpoint.open(PURPOSE, settings).unattended();
        try {
            if (session.version().atLeast(14)) {
                session.set("client_connection_check_interval", "0");
            }
            session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
            session.execute("SET TRANSACTION SNAPSHOT " + Quote.literal(exported));
            String snapshot = session.text("SELECT pg_catalog.pg_export_snapshot()");
            Keeper keeper = new Keeper(snapshot, number);
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
                                    "on " + endpoint.display(),
                                    "Run the same command again.")
                            .toException();
                }
                Pause.of(Duration.ofMillis(5));
            }
        }
    }

    /** Whether it still holds the snapshot. */
    boolean isAlive(Session here) {
        return here.exists("SELECT" + LOCKS + " AND l.objid::bigint = ?", (long) number);
    }

    /** Whether this database has a keeper, of whatever snapshot. */
    static boolean isAny(Session here) {
        return here.exists("SELECT" + LOCKS);
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
                        "SELECT pg_catalog.pg_terminate_backend(l.pid) AS told" + LOCKS,
                        row -> row.bool("told"));
        return keepers.isEmpty();
    }
}
