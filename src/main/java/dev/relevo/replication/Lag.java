package dev.relevo.replication;

import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.Optional;

/**
 * How far a subscriber is behind, as the publisher's slot and walsender tell it.
 *
 * @param bytes write-ahead log that is not yet confirmed
 * @param retained write-ahead log the slot keeps
 * @param active whether a walsender serves the slot
 * @param reader the walsender's pid and what was confirmed to it: stands still when nobody makes
 *     progress
 * @param seconds what PostgreSQL measured last as replay lag, 0 when there is nothing to measure
 */
public record Lag(long bytes, long retained, boolean active, String reader, double seconds) {

    /** Nothing when the slot is not there. */
    public static Optional<Lag> read(Session publisher, String slot) {
        return publisher.first(
                SqlFile.load(Lag.class, "lag"),
                row ->
                        new Lag(
                                Math.max(0, row.bigint("bytes")),
                                Math.max(0, row.bigint("retained")),
                                row.bool("active"),
                                row.integer("pid") + " " + row.textOrNull("confirmed"),
                                row.real("seconds")),
                slot);
    }

    /** Bytes of write-ahead log that the slot keeps; none when it is not there. */
    public static long retained(Session publisher, String slot) {
        return read(publisher, slot).map(Lag::retained).orElse(0L);
    }
}
