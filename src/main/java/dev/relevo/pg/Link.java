package dev.relevo.pg;

import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A connection as others may end it: {@link #abandon} works from any thread, also while a statement
 * waits for an answer that never comes. Whoever waits gets an error that says how long and for
 * whom.
 */
final class Link {
    /** So long nobody says a word where nothing is held up. */
    static final Duration PATIENCE = Duration.ofSeconds(40);

    private final Endpoint endpoint;
    private final Connection connection;
    private final int pid;
    private volatile boolean attended = true;
    private volatile long limit;
    private volatile @Nullable String abandoned;

    Link(Endpoint endpoint, Connection connection, int pid) {
        this.endpoint = endpoint;
        this.connection = connection;
        this.pid = pid;
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /** The backend's process id. */
    int pid() {
        return pid;
    }

    /** Something begins to run here. */
    Running begin(String what) {
        return LongStatements.begin(
                new Running(
                        endpoint,
                        pid,
                        what,
                        attended ? Running.Kind.LOOKED_AT : Running.Kind.LEFT_ALONE,
                        this::abandon));
    }

    /** Leaves what runs here to the caller; {@link LongStatements} does not look at it. */
    void unattended() {
        attended = false;
    }

    /**
     * How long an answer may take from now on, zero for any time. The connection is of no use
     * afterwards.
     */
    void limit(Duration longest) throws SQLException {
        connection.setNetworkTimeout(Runnable::run, Math.toIntExact(longest.toMillis()));
        limit = longest.toMillis();
    }

    /**
     * Closes the connection without a word to the server, and at once. A statement that is under
     * way fails as one whose connection is lost.
     *
     * @param why what its error says
     */
    void abandon(String why) {
        if (abandoned != null) {
            return;
        }
        abandoned = why;
        try {
            // On a thread of its own: over SSL a close may wait for whoever is writing.
            connection.abort(
                    closing -> Thread.ofPlatform().daemon().name("relevo-abandon").start(closing));
        } catch (SQLException e) {
            // It is closed already, which is all that was asked for.
            assert e != null;
        }
    }

    /** Gives the error of a statement its reason, if that is ours. */
    PgException failed(String sql, SQLException error) {
        String why = abandoned;
        if (why == null && isTimeout(error)) {
            why = noAnswer(endpoint, Duration.ofMillis(limit));
        }
        return new PgException(
                endpoint, sql, why == null ? error : new SilenceException(why, error));
    }

    static String noAnswer(Endpoint endpoint, Duration time) {
        long tenths = Math.round(time.toMillis() / 100.0);
        return "no answer from %s for %s s"
                .formatted(
                        endpoint.display(),
                        tenths % 10 == 0 || tenths > 100
                                ? Long.toString(tenths / 10)
                                : tenths / 10 + "." + tenths % 10);
    }

    private static boolean isTimeout(Throwable error) {
        for (Throwable at = error; at != null; at = at.getCause()) {
            if (at instanceof SocketTimeoutException) {
                return true;
            }
        }
        return false;
    }
}
