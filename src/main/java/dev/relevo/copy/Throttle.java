package dev.relevo.copy;

import dev.relevo.problem.Pause;
import java.time.Duration;

/**
 * Holds the rows of all workers of this process together below a number of bytes a second, as they
 * go over the network: between the read from the old server and the write to the new one, so that
 * reading waits too.
 *
 * <p>Bytes go out only when they have had their time. What was not used in one second is not made
 * up for in the next, so no second has more than it should.
 */
public final class Throttle {
    /** Lets everything through. */
    public static final long UNLIMITED = 0;

    private final long bytesPerSecond;
    private long free = Long.MIN_VALUE;

    /**
     * Begins with nothing moved.
     *
     * @param bytesPerSecond at most, or {@link #UNLIMITED}
     */
    public Throttle(long bytesPerSecond) {
        if (bytesPerSecond < 0) {
            throw new IllegalArgumentException("not a rate: " + bytesPerSecond);
        }
        this.bytesPerSecond = bytesPerSecond;
    }

    /**
     * Returns when so many bytes may go on.
     *
     * @throws dev.relevo.problem.ProblemException {@code interrupted}
     */
    void await(long bytes) {
        if (bytesPerSecond != UNLIMITED && bytes > 0) {
            long now = System.nanoTime();
            Pause.of(Duration.ofNanos(reserve(bytes, now) - now));
        }
    }

    /** When these bytes have had their time; who comes next has the time behind it. */
    synchronized long reserve(long bytes, long now) {
        // The difference, for the clock of nanoseconds may be at any value.
        long begin = free == Long.MIN_VALUE || free - now < 0 ? now : free;
        free = begin + Math.round(bytes * 1e9 / bytesPerSecond);
        return free;
    }
}
