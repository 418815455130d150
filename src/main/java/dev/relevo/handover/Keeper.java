package dev.relevo.handover;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The next in the queue for the gate's lock, inside the server, before any client: however the
 * gate's transaction ends, by COMMIT, by ROLLBACK or with its session, no client goes on before
 * this has looked what became of the handover, and has put this side in order. See {@code
 * relevo.keep_gate}.
 *
 * <p>As the watchdog, it needs no process of ours once it waits.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-lock.html">LOCK</a>
 */
final class Keeper implements AutoCloseable {
    private final Session session;
    private final CompletableFuture<@Nullable Void> outcome = new CompletableFuture<>();
    private boolean begun;

    private Keeper(Session session) {
        this.session = session;
    }

    static Keeper open(Endpoint endpoint) {
        Session session = HandoverSession.openUnattended(endpoint, "switch keeper");
        session.set("lock_timeout", "0");
        session.text(Script.LOOK_UP);
        return new Keeper(session);
    }

    /**
     * Stands in the queue when it returns.
     *
     * @param gate holds the gate's lock
     * @param lock the backend that the watchdog waits for
     * @param fenced the mark that comes when the other side is fenced
     */
    void begin(Session gate, int lock, Mark fenced) {
        begun = true;
        Thread.ofVirtual()
                .name("keeper " + session.endpoint().display())
                .start(() -> {
                    try {
                        session.execute(Script.keepGate(lock, "'" + fenced.id() + "'"));
                        outcome.complete(null);
                    } catch (Throwable e) {
                        outcome.completeExceptionally(e);
                    }
                });
        while (!gate.exists(Script.WAITS, session.pid())) {
            requireWaiting();
            Thread.onSpinWait();
        }
    }

    /** Fails when it does not stand in the queue any more. */
    void requireWaiting() {
        if (outcome.isDone()) {
            throw new Problem(
                            ExitStatus.ABORTED,
                            "keeper-gone",
                            "the keeper of the gate at "
                                    + session.endpoint().display()
                                    + " is no longer there",
                            "its session ended",
                            "Run the same command again.")
                    .toException();
        }
    }

    /** Waits until it has ended, at most {@code patience}; returns whether it has. */
    boolean await(Duration patience) {
        if (!begun) {
            return true;
        }
        try {
            outcome.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            return true; // its session is gone
        }
    }

    /** When it let the clients go on, by the server's clock, in microseconds since 1970. */
    Optional<Long> opened() {
        if (!await(Duration.ofSeconds(5))) {
            return Optional.empty();
        }
        try {
            return session.first(
                    "SELECT (extract(epoch FROM pg_catalog.current_setting('relevo.opened')::timestamptz)"
                            + " * 1e6)::int8 AS micros",
                    row -> row.bigint("micros"));
        } catch (PgException e) {
            return Optional.empty();
        }
    }

    /** Leaves the session; the call goes on in the server. */
    void abandon(String why) {
        session.abandon(why);
    }

    @Override
    public void close() {
        session.close();
    }
}
