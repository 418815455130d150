package dev.relevo.pg;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/**
 * Connections of sessions that were closed, for the next ones of the same kind: a command made of
 * many steps would log in for each of them anew, which costs a server more than most of what the
 * steps ask.
 *
 * <p>Only a connection with no transaction open is kept. It is given out with everything that a
 * session can change discarded, so that it is as good as new; one that does not answer at once is
 * dropped, and so is one that was kept for long, because whatever is in between forgets connections
 * that are silent.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-discard.html">DISCARD ALL</a>
 */
public final class KeptSessions {
    private static final ScopedValue<KeptSessions> CURRENT = ScopedValue.newInstance();
    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Map<Kind, Deque<Kept>> kept = new HashMap<>();

    private KeptSessions() {}

    private record Kind(Endpoint endpoint, Map<String, String> settings) {}

    private record Kept(Connection connection, long since) {}

    /**
     * Does work, in which this thread keeps the connections of sessions it closes. At the end they
     * are closed.
     */
    public static void during(Runnable work) {
        KeptSessions sessions = new KeptSessions();
        try {
            ScopedValue.where(CURRENT, sessions).run(work);
        } finally {
            sessions.kept.values().forEach(all -> all.forEach(KeptSessions::drop));
        }
    }

    /**
     * A connection for a session, if there is one.
     *
     * @param name its new {@code application_name}
     */
    static Optional<Connection> take(Endpoint endpoint, String name, Map<String, String> settings) {
        if (!CURRENT.isBound()) {
            return Optional.empty();
        }
        Deque<Kept> all = CURRENT.get().kept.get(new Kind(endpoint, settings));
        while (all != null && !all.isEmpty()) {
            Kept last = all.pop();
            if (!isOld(last) && isRenewed(last.connection(), name)) {
                return Optional.of(last.connection());
            }
            drop(last);
        }
        return Optional.empty();
    }

    /** Keeps it, if it may be of use to somebody; those that nobody wanted for long go. */
    static boolean keep(Connection connection, Endpoint endpoint, Map<String, String> settings) {
        if (!CURRENT.isBound() || !isIdle(connection)) {
            return false;
        }
        KeptSessions sessions = CURRENT.get();
        sessions.kept.values().forEach(KeptSessions::dropOld);
        sessions.kept
                .computeIfAbsent(new Kind(endpoint, settings), _ -> new ArrayDeque<>())
                .push(new Kept(connection, System.nanoTime()));
        return true;
    }

    private static boolean isIdle(Connection connection) {
        try {
            return !connection.isClosed()
                    && connection.unwrap(BaseConnection.class).getTransactionState()
                            == TransactionState.IDLE;
        } catch (SQLException e) {
            return false;
        }
    }

    private static boolean isRenewed(Connection connection, String name) {
        try (Statement statement = connection.createStatement()) {
            connection.setNetworkTimeout(Runnable::run, (int) PATIENCE.toMillis());
            statement.execute("DISCARD ALL");
            statement.execute("SET application_name = " + Quote.literal(name));
            connection.setNetworkTimeout(Runnable::run, 0);
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    private static boolean isOld(Kept one) {
        return System.nanoTime() - one.since() > LONGEST.toNanos();
    }

    private static void dropOld(Deque<Kept> all) {
        while (!all.isEmpty() && isOld(all.getLast())) {
            drop(all.removeLast());
        }
    }

    private static void drop(Kept last) {
        try {
            last.connection().close();
        } catch (SQLException e) {
            // It is gone already, which is all that was asked for.
            assert e != null;
        }
    }
}
