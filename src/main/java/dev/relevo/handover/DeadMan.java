package dev.relevo.handover;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Acts on one server when the coordinator is gone, with no process of ours alive.
 *
 * <p>One session holds an advisory lock. Another runs a single {@code CALL} that waits for it
 * <em>inside the server</em>. A backend that waits for a lock does not look at its client, so when
 * the coordinator dies the first session ends, the second gets the lock, and acts although nobody
 * listens any more. If the coordinator is frozen rather than dead, {@code lock_timeout} ends the
 * wait after the whole budget of the handover, and it acts just the same.
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
            Session watch = HandoverSession.openUnattended(endpoint, "switch dead-man");
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

    /** Before {@link #arm}: {@link Keeper} waits until this one has done its work. */
    void announceWork() {
        watch.text(Script.WATCHDOG_AT_WORK);
        watch.text(Script.LOOK_UP);
    }

    /**
     * Takes the lock and starts the call; returns when it waits for the lock.
     *
     * @param call what waits for the lock, then acts
     * @param budget after which the call acts although the lock is held: the coordinator may be
     *     frozen
     */
    void arm(String call, Duration budget) {
        lock.execute(LOCK);
        watch.set("lock_timeout", budget.toMillis() + "ms");
        armed = true;
        Thread.ofVirtual()
                .name("dead-man " + endpoint.display())
                .start(() -> {
                    try {
                        watch.execute(call);
                        outcome.complete(null);
                    } catch (Throwable e) {
                        outcome.completeExceptionally(e);
                    }
                });
        while (!lock.exists(Script.WAITS, watch.pid())) {
            requireArmed();
            Thread.onSpinWait();
        }
    }

    /** Fails when the call is not waiting any more: nothing would protect the clients then. */
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
     * Lets the call go on now, and waits until it has ended; it sees what is recorded and acts on
     * it. Before it was armed there is nothing to wait for, nor to act on.
     */
    void release() {
        if (!armed || outcome.isDone()) {
            return;
        }
        try {
            lock.execute(UNLOCK);
        } catch (PgException e) {
            lock.close(); // which frees the lock as well
        }
        try {
            outcome.get(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException | ExecutionException e) {
            // The call needs no listener.
            assert e != null;
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
