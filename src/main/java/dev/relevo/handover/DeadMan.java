package dev.relevo.handover;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Acts on one server when the coordinator is gone, with no process of ours alive.
 *
 * <p>One session holds an advisory lock. Another runs a single {@code DO} block that waits for it
 * <em>inside the server</em>. A backend that waits for a lock does not look at its client, so when
 * the coordinator dies the first session ends, the second gets the lock, and acts although nobody
 * listens any more. If the coordinator is frozen rather than dead, {@code lock_timeout} ends the
 * wait after the whole budget of the handover, and the block acts just the same.
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADVISORY-LOCKS">Advisory
 *     locks</a>
 */
final class DeadMan implements AutoCloseable {
    /** The advisory lock of the handover: "relevo" on a telephone's keys, then 1. */
    private static final String KEY = "735386, 1";

    static final String LOCK = "SELECT pg_catalog.pg_advisory_lock(" + KEY + ")";
    static final String UNLOCK = "SELECT pg_catalog.pg_advisory_unlock(" + KEY + ")";

    private final Endpoint endpoint;
    private final Session lock;
    private final Session watch;
    private final CompletableFuture<@Nullable Void> outcome;
    private boolean armed;

    private DeadMan(
            Endpoint endpoint,
            Session lock,
            Session watch,
            CompletableFuture<@Nullable Void> outcome) {
        this.endpoint = endpoint;
        this.lock = lock;
        this.watch = watch;
        this.outcome = outcome;
    }

    /** Opens the two sessions. They do nothing until {@link #arm}. */
    static DeadMan open(Endpoint endpoint) {
        Session lock = HandoverSession.open(endpoint, "switch lock", Map.of());
        try {
            Map<String, String> settings = new HashMap<>();
            settings.put("statement_timeout", "0");
            if (lock.version().atLeast(14)) {
                // Else the server may notice that the client is gone, and end the block it is meant
                // to run.
                settings.put("client_connection_check_interval", "0");
            }
            Session watch = HandoverSession.open(endpoint, "switch dead-man", settings);
            return new DeadMan(endpoint, lock, watch, new CompletableFuture<>());
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    int[] pids() {
        return new int[] {lock.pid(), watch.pid()};
    }

    int lockPid() {
        return lock.pid();
    }

    /**
     * Takes the lock and starts the block; returns when the block waits for the lock.
     *
     * <p>When {@code budget} is over, the coordinator may be frozen with its transaction open, and
     * on the side with the gate the block could not even look up a table's name behind it. So it
     * first ends that transaction's session, by what it has looked up beforehand.
     *
     * @param holder the backend whose transaction must end when the coordinator is frozen
     * @param action statements in PL/pgSQL that run when the lock comes free or {@code budget} is
     *     over
     */
    void arm(int holder, String action, Duration budget) {
        lock.execute(LOCK);
        watch.set("lock_timeout", budget.toMillis() + "ms");
        String block = block(holder, action);
        armed = true;
        Thread.ofVirtual()
                .name("dead-man " + endpoint.display())
                .start(() -> {
                    try {
                        watch.execute(block);
                        outcome.complete(null);
                    } catch (Throwable e) {
                        outcome.completeExceptionally(e);
                    }
                });
        while (!lock.exists(
                "SELECT FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND NOT granted AND pid = ?",
                watch.pid())) {
            requireArmed();
            Thread.onSpinWait();
        }
    }

    /** The block that waits, then acts. */
    static String block(Object holder, String action) {
        return """
        DO $relevo$
        BEGIN
            PERFORM pg_catalog.pg_terminate_backend(NULL), pg_catalog.set_config('lock_timeout', NULL, true)
                WHERE false;
            BEGIN
                PERFORM pg_catalog.pg_advisory_lock(%s);
            EXCEPTION WHEN lock_not_available THEN
                -- The coordinator is frozen, or cut off: that is as good as dead.
                PERFORM pg_catalog.pg_terminate_backend(%s);
            END;
            PERFORM pg_catalog.set_config('lock_timeout', '0', false);
        %s
        END $relevo$
        """
                .formatted(KEY, holder, action.indent(4));
    }

    /** Fails when the block is not waiting any more: nothing would protect the clients then. */
    void requireArmed() {
        if (outcome.isDone()) {
            throw new Problem(
                            ExitStatus.ABORTED,
                            "dead-man-gone",
                            "the dead-man at " + endpoint.display() + " is no longer on watch",
                            "its session ended, or the handover took longer than its whole budget",
                            "Run the same command again.")
                    .toException();
        }
    }

    /**
     * Lets the block run now, and waits until it has ended; it sees what is recorded and acts on
     * it. Before it was armed there is nothing to wait for, nor to act on.
     */
    void release() {
        if (!armed || outcome.isDone()) {
            return;
        }
        try {
            lock.execute(UNLOCK);
            outcome.get(10, TimeUnit.SECONDS);
        } catch (PgException
                | InterruptedException
                | TimeoutException
                | java.util.concurrent.ExecutionException e) {
            // Closing the session frees the lock as well; the block needs no listener.
            lock.close();
        }
    }

    /**
     * Lets the block run as if this process had died, from any thread and without waiting for
     * anything.
     */
    void letGo(String why) {
        lock.abandon(why);
    }

    /** Leaves both sessions; the block acts when its server notices. */
    void abandon(String why) {
        lock.abandon(why);
        watch.abandon(why);
    }

    @Override
    public void close() {
        lock.close();
        watch.close();
    }
}
