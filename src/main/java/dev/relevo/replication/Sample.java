package dev.relevo.replication;

import dev.relevo.pg.Lsn;
import java.time.Instant;

/**
 * How far both sides of a subscription were at one moment.
 *
 * @param at by the publisher's clock, so that a network between us does not count
 * @param written how far the publisher's write-ahead log went
 * @param applied up to where the subscriber surely had it
 */
public record Sample(Instant at, Lsn written, Lsn applied) {

    /** Bytes that are still to be applied. */
    long behind() {
        return Math.max(0, written.minus(applied));
    }

    /** Whether this can come after {@code earlier}, on the same log and by a clock that goes on. */
    boolean follows(Sample earlier) {
        return at.isAfter(earlier.at)
                && written.compareTo(earlier.written) >= 0
                && applied.compareTo(earlier.applied) >= 0;
    }
}
