package dev.relevo.upgrade;

import dev.relevo.catalog.Side;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Tries to write on one side, again and again, each time as a new client. The commit of each write
 * lies somewhere between two instants.
 */
final class Prober implements AutoCloseable {
    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(50);

    /** Before which COMMIT was not sent, and after which it was answered. */
    record Write(int number, long sent, long answered) {}

    private final Side side;
    private final PlainClient client;
    private final Collection<Write> writes = new ConcurrentLinkedQueue<>();
    private final Set<Integer> unanswered = ConcurrentHashMap.newKeySet();
    private final Thread thread;
    private volatile boolean stopping;

    private Prober(Side side, PlainClient client) {
        this.side = side;
        this.client = client;
        this.thread = Thread.ofPlatform().daemon().name("prober " + side).unstarted(this::work);
    }

    static Prober start(Side side, PlainClient client) {
        Prober prober = new Prober(side, client);
        prober.thread.start();
        return prober;
    }

    private void work() {
        for (int number = 0; !stopping; number++) {
            attempt(number);
            LockSupport.parkNanos(PAUSE);
        }
    }

    private void attempt(int number) {
        boolean committing = false;
        try (Connection connection = client.connect(30);
                PreparedStatement statement =
                        connection.prepareStatement("INSERT INTO probe (side, n) VALUES (?, ?)")) {
            statement.setString(1, side.label());
            statement.setInt(2, number);
            statement.executeUpdate();
            long sent = System.nanoTime();
            unanswered.add(number);
            committing = true;
            connection.commit();
            writes.add(new Write(number, sent, System.nanoTime()));
            unanswered.remove(number);
        } catch (SQLException e) {
            String state = String.valueOf(e.getSQLState());
            if (committing && !state.startsWith("08") && !state.startsWith("57P")) {
                unanswered.remove(number); // it was answered, with an error
            }
        }
    }

    Collection<Write> writes() {
        return writes;
    }

    Set<Integer> unanswered() {
        return unanswered;
    }

    @Override
    public void close() {
        stopping = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
