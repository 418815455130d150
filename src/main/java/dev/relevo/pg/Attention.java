package dev.relevo.pg;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Looks what long statements do at one server, on a thread and in a session of its own. The session
 * is there only as long as one of them is, or it might be in the way of what comes next, such as
 * DROP DATABASE.
 */
final class Attention {
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration ANSWER = Duration.ofSeconds(5);
    private static final Map<String, String> SETTINGS =
            Map.of(
                    "search_path", "pg_catalog",
                    "statement_timeout", "4s",
                    "lock_timeout", "2s",
                    "client_min_messages", "error");

    private final String place;
    private final List<Running> all = new ArrayList<>();
    private boolean over;
    private @Nullable Connection connection;

    private Attention(String place, Running first) {
        this.place = place;
        attend(first);
    }

    static Attention begin(String place, Running first) {
        Attention attention = new Attention(place, first);
        Thread.ofPlatform().daemon().name("relevo-look " + place).start(attention::work);
        return attention;
    }

    /** Takes one more, unless that has ended by now; false when it has ended itself. */
    synchronized boolean attend(Running running) {
        if (over) {
            return false;
        }
        if (running.attendedBy(this)) {
            all.add(running);
            notifyAll();
        }
        return true;
    }

    synchronized void ended(Running running) {
        all.remove(running);
        notifyAll();
    }

    private void work() {
        try {
            while (true) {
                List<Running> now = current();
                if (now.isEmpty()) {
                    return;
                }
                look(now);
                pause();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            LongStatements.forget(place, this);
            disconnect();
        }
    }

    private synchronized List<Running> current() {
        over = all.isEmpty();
        return List.copyOf(all);
    }

    private synchronized void pause() throws InterruptedException {
        long end = System.nanoTime() + INTERVAL.toNanos();
        for (long left = INTERVAL.toMillis();
                left > 0 && !all.isEmpty();
                left = (end - System.nanoTime()) / 1_000_000) {
            wait(left);
        }
    }

    private void look(List<Running> now) {
        try {
            Map<Integer, Wait> waits = ask(now);
            for (Running running : now) {
                running.answered(waits.get(running.pid())).ifPresent(LongStatements::tell);
            }
        } catch (SQLException e) {
            disconnect();
            if (!PgException.isFromServer(e)) {
                now.forEach(Running::unheard);
            }
        }
    }

    private Map<Integer, Wait> ask(List<Running> now) throws SQLException {
        Connection open = connection;
        if (open == null) {
            open = connect(now.getFirst().endpoint());
            connection = open;
        }
        Map<Integer, Wait> waits = new HashMap<>();
        try (PreparedStatement statement =
                open.prepareStatement(SqlFile.load(Attention.class, "waits"))) {
            statement.setArray(
                    1, open.createArrayOf("int4", now.stream().map(Running::pid).toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    waits.put(row.getInt("pid"), Wait.of(row));
                }
            }
        }
        return waits;
    }

    private static Connection connect(Endpoint endpoint) throws SQLException {
        Connection open =
                Driver.connect(endpoint.within(ANSWER), Session.NAME_PREFIX + "look", SETTINGS);
        open.setNetworkTimeout(Runnable::run, (int) ANSWER.toMillis());
        return open;
    }

    private void disconnect() {
        Connection open = connection;
        connection = null;
        if (open != null) {
            try {
                open.close();
            } catch (SQLException e) {
                // It is gone already, which is all that was asked for.
                assert e != null;
            }
        }
    }
}
