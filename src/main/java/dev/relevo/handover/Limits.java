package dev.relevo.handover;

import java.time.Duration;

/**
 * Time limits of a handover. Each says who waits, and what happens when it is over.
 *
 * @param drain how long clients may take to finish their transactions; new ones wait meanwhile.
 *     Then the handover is undone
 * @param forceDrain after {@code drain}, end the transactions that are still open instead
 * @param catchUp how long the other side may take to have every change; then the handover is undone
 * @param overlap longer than a client takes to try all its hosts; zero when all clients list the
 *     side that serves first. Clients that list the other one first wait during it
 */
public record Limits(Duration drain, boolean forceDrain, Duration catchUp, Duration overlap) {
    public static final Limits DEFAULT =
            new Limits(
                    Duration.ofSeconds(5), false, Duration.ofSeconds(10), Duration.ofMillis(200));

    public Limits {
        if (drain.isNegative() || catchUp.isNegative() || overlap.isNegative()) {
            throw new IllegalArgumentException("a time limit cannot be negative");
        }
    }

    /** How long a coordinator that is frozen, not dead, may hold anybody up. */
    Duration whole() {
        return drain.plus(catchUp).plus(overlap).plusSeconds(5);
    }

    /**
     * How long a server that is silent is asked how the handover ended: longer than its dead-man
     * takes, wherever that one stands.
     */
    Duration resolution() {
        return whole().plusSeconds(5);
    }
}
