package dev.relevo.torture;

import dev.relevo.pg.Endpoint;
import dev.relevo.torture.Seen.Attempt;
import dev.relevo.torture.Seen.Outcome;
import dev.relevo.torture.Seen.Tx;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Tries to write on one server again and again, past every link, each time as a new client: by it
 * one knows which side serves, and since when.
 */
final class Prober implements Client {
    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(70);
    private static final int ANSWER_SECONDS = 5;

    private final Seen seen;
    private final Endpoint server;
    private final int self;
    private final long pause;
    private final Thread thread;
    private volatile boolean stopping;
    private volatile long longestStall;

    private Prober(Seen seen, Endpoint server, int self, int pace) {
        this.seen = seen;
        this.server = server;
        this.self = self;
        this.pause = PAUSE * pace;
        this.thread = Thread.ofPlatform().daemon().name("prober-" + self).unstarted(this::work);
    }

    static Prober start(Seen seen, Endpoint server, int self, int pace) {
        Prober prober = new Prober(seen, server, self, pace);
        prober.thread.start();
        return prober;
    }

    private void work() {
        Properties login = new Properties();
        login.setProperty("user", server.user());
        login.setProperty("password", server.password().reveal());
        login.setProperty("connectTimeout", "5");
        login.setProperty("socketTimeout", Integer.toString(ANSWER_SECONDS));
        login.setProperty("ApplicationName", "prober");
        String url =
                "jdbc:postgresql://127.0.0.1:%d/%s".formatted(server.port(), server.database());
        for (int number = 0; !stopping; number++) {
            attempt(url, login, new Tx(self, number));
            long before = System.nanoTime();
            LockSupport.parkNanos(pause);
            longestStall = Math.max(longestStall, System.nanoTime() - before - pause);
        }
    }

    private void attempt(String url, Properties login, Tx id) {
        boolean asked = false;
        long sent = Long.MAX_VALUE;
        try (Connection connection = DriverManager.getConnection(url, login);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            int account = 1 + id.number() % Field.ACCOUNTS;
            try (ResultSet row =
                    statement.executeQuery(
                            "SELECT counter FROM public.accounts WHERE id = "
                                    + account
                                    + " FOR UPDATE")) {
                row.next();
                long counter = row.getLong(1);
                statement.executeUpdate(
                        "UPDATE public.accounts SET counter = %d WHERE id = %d"
                                .formatted(counter + 1, account));
                statement.executeUpdate(
                        "INSERT INTO public.entries (client, n, account, seen) VALUES (%d, %d, %d, %d)"
                                .formatted(id.client(), id.number(), account, counter));
            }
            seen.committing(id);
            asked = true;
            sent = System.nanoTime();
            connection.commit();
            seen.attempt(new Attempt(id, Outcome.COMMITTED, sent, System.nanoTime(), ""));
        } catch (SQLException e) {
            String state = Objects.requireNonNullElse(e.getSQLState(), "");
            boolean lost = state.isEmpty() || state.startsWith("08") || state.startsWith("57P");
            if (asked && !lost) {
                seen.attempt(
                        new Attempt(id, Outcome.NOT_COMMITTED, sent, System.nanoTime(), state));
            }
        }
    }

    /** How much later than asked it was woken up at most, which says how busy the machine is. */
    long longestStall() {
        return longestStall;
    }

    @Override
    public void stop() {
        stopping = true;
        try {
            thread.join(TimeUnit.SECONDS.toMillis(2 * ANSWER_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
