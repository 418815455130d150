package dev.relevo.lab;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that write more rows than one apply worker can follow: each has a table of {@link #table}
 * and a lasting connection, and changes so many rows of it in each transaction, at a given pace. A
 * connection that breaks is replaced by one to whichever server is writable.
 */
final class Writers implements AutoCloseable {
    /** Rows of one transaction: one statement here, one by one in an apply worker. */
    static final int BATCH = 50;

    private static final Duration AFTER_ERROR = Duration.ofMillis(20);

    private final DirectConnections connections;
    private final int rows;
    private final long interval;
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong unknown = new AtomicLong();
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean stopping;

    /**
     * Starts them.
     *
     * @param rows how many each table has
     * @param rate rows a second, of all together
     */
    Writers(LoadSettings settings, int rows, int rate) {
        this.connections = new DirectConnections(settings);
        this.rows = rows;
        this.interval = 1_000_000_000L * BATCH * settings.clients() / rate;
        for (int i = 1; i <= settings.clients(); i++) {
            String table = table(i);
            clients.add(
                    Thread.ofPlatform()
                            .daemon()
                            .name("relevo-writer-" + i)
                            .start(() -> work(table)));
        }
    }

    /** The table of a client, counted from 1: {@code id} from 1 to {@code rows}, and {@code n}. */
    static String table(int client) {
        return "public.written_" + client;
    }

    private void work(String table) {
        String sql =
                "UPDATE "
                        + table
                        + " SET n = n + 1 WHERE id = ANY (ARRAY(SELECT DISTINCT (1 + random() * "
                        + (rows - 1)
                        + ")::int FROM generate_series(1, "
                        + BATCH
                        + ")))";
        // Not all in step.
        long due = System.nanoTime() + ThreadLocalRandom.current().nextLong(interval);
        while (!stopping) {
            try (Connection connection = connections.open();
                    PreparedStatement update = connection.prepareStatement(sql)) {
                while (!stopping) {
                    LockSupport.parkNanos(due - System.nanoTime());
                    if (System.nanoTime() < due) {
                        continue;
                    }
                    due += interval;
                    write(connection, update);
                }
            } catch (SQLException e) {
                LockSupport.parkNanos(AFTER_ERROR.toNanos());
            }
        }
    }

    private void write(Connection connection, PreparedStatement update) throws SQLException {
        int changed = update.executeUpdate();
        unknown.addAndGet(changed);
        connection.commit();
        unknown.addAndGet(-changed);
        written.addAndGet(changed);
    }

    /** Rows of transactions whose commit was acknowledged. */
    long written() {
        return written.get();
    }

    /** Rows of transactions whose COMMIT had no answer. */
    long unknown() {
        return unknown.get();
    }

    /** Lets each end its transaction. */
    @Override
    public void close() {
        stopping = true;
        try {
            for (Thread client : clients) {
                client.join();
            }
        } catch (InterruptedException e) {
            throw Command.interrupted(e);
        }
        connections.close();
    }
}
