package dev.relevo.replication;

import dev.relevo.pg.Lsn;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
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
 * @param at when this was so, by the publisher's clock
 * @param written how far the publisher's write-ahead log went then
 * @param confirmed up to where it was confirmed
 */
public record Lag(
        long bytes,
        long retained,
        boolean active,
        String reader,
        double seconds,
        Instant at,
        Lsn written,
        Lsn confirmed) {

    /** Nothing when the slot is not there. */
    public static Optional<Lag> read(Session publisher, String slot) {
        return publisher.first(
                SqlFile.load(Lag.class, "lag"),
                row -> {
                    String confirmed = row.textOrNull("confirmed");
                    return new Lag(
                            Math.max(0, row.bigint("bytes")),
                            Math.max(0, row.bigint("retained")),
                            row.bool("active"),
                            row.integer("pid") + " " + confirmed,
                            row.real("seconds"),
                            Instant.EPOCH.plus(row.bigint("micros"), ChronoUnit.MICROS),
                            row.lsn("written"),
                            Lsn.parse(Objects.requireNonNullElse(confirmed, "0/0")));
                },
                slot);
    }

    /** Bytes of write-ahead log that the slot keeps; none when it is not there. */
    public static long retained(Session publisher, String slot) {
        return read(publisher, slot).map(Lag::retained).orElse(0L);
    }

    /**
     * The same moment with what the subscriber itself knows of having applied.
     *
     * <p>A worker that is busy confirms nothing until it has emptied its socket, or is asked after
     * half of {@code wal_sender_timeout}; its replication origin moves with each commit. But that
     * stands still where nothing is for this subscription, and there only the slot moves. Neither
     * is ever too far.
     */
    public Sample sample(Session subscriber, String subscription) {
        Lsn applied =
                subscriber
                        .first(
                                SqlFile.load(Lag.class, "applied"),
                                row -> row.lsn("applied"),
                                subscription)
                        .filter(origin -> origin.compareTo(confirmed) > 0)
                        .orElse(confirmed);
        return new Sample(at, written, applied);
    }
}
