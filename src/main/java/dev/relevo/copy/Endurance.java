package dev.relevo.copy;

import dev.relevo.pg.PgException;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Pause;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Goes on after a connection broke, over new ones: what was under way is rolled back by the server,
 * so it is simply open again.
 *
 * <p>Gives up when connections cannot be made for {@link #PATIENCE}, or broke {@link #LOSSES} times
 * with nothing done in between: a task that ends its server would be tried for ever. What does not
 * pass by itself, such as a wrong password, ends it at once; so does everything before there was a
 * first connection.
 */
final class Endurance {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int LOSSES = 10;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final int DOUBLINGS = 5;

    /** While a server restarts, a network comes back, or a backend has not noticed its end. */
    private static final Set<String> PASSING =
            Set.of(
                    "starting-up",
                    "refused",
                    "no-socket",
                    "unreachable",
                    "unknown-host",
                    "timeout",
                    "not-postgresql",
                    "too-many-connections");

    private final BooleanSupplier stopped;
    private boolean everConnected;
    private boolean connected;
    private long disconnectedAt;
    private int losses;
    private int pauses;

    /**
     * Counts from nothing.
     *
     * @param stopped whether nobody wants it any more: then an error of a connection is none
     */
    Endurance(BooleanSupplier stopped) {
        this.stopped = stopped;
    }

    /** Runs an attempt until one returns. Each opens its own sessions. */
    void run(Runnable attempt) {
        while (!stopped.getAsBoolean()) {
            try {
                attempt.run();
                return;
            } catch (PgException | ProblemException e) {
                if (!mayPass(e)) {
                    throw e;
                }
                if (stopped.getAsBoolean()) {
                    return;
                }
                lost(e);
            }
            Pause.of(FIRST_PAUSE.multipliedBy(1L << Math.min(pauses++, DOUBLINGS)));
        }
    }

    /** Says that there are sessions. */
    void connected() {
        everConnected = true;
        connected = true;
        pauses = 0;
    }

    /** Says that something was done for good, so that the next loss is a first one. */
    void progressed() {
        losses = 0;
    }

    private static boolean mayPass(RuntimeException e) {
        return switch (e) {
            case PgException error -> error.isConnectionLost();
            case ProblemException problem -> PASSING.contains(problem.problem().code());
            default -> false;
        };
    }

    private void lost(RuntimeException e) {
        if (!everConnected) {
            throw e;
        }
        if (connected) {
            connected = false;
            disconnectedAt = System.nanoTime();
            losses++;
        }
        if (losses > LOSSES) {
            throw givenUp("connections of the copy break again and again", e);
        }
        if (System.nanoTime() - disconnectedAt > PATIENCE.toNanos()) {
            throw givenUp(
                    "a connection of the copy was lost, and none could be made for "
                            + PATIENCE.toMinutes()
                            + " minutes",
                    e);
        }
    }

    private static ProblemException givenUp(String message, RuntimeException e) {
        String where = e instanceof PgException error ? error.endpoint().display() + ": " : "";
        return new Problem(
                        ExitStatus.CONNECTION,
                        "connection-lost",
                        message,
                        where + e.getMessage(),
                        "Read the server's log and check the network, then run the same command"
                                + " again: it goes on with what is left.")
                .toException(e);
    }
}
