package dev.relevo.replication;

import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.util.Objects;
import java.util.Optional;

/**
 * Who reads from a slot on the publisher.
 *
 * <p>A server confirms to a slot what it likes, and the publisher believes it: a subscription of
 * another server that comes by with the slot's name takes its changes, and the right one gets none
 * of them, without an error on either side.
 *
 * @param who pid, application, role and address; empty when nobody does
 * @param confirmed up to where the slot was confirmed
 * @param written how far the publisher's write-ahead log goes
 * @param beyond whether more was confirmed than was ever written here
 */
record SlotReader(String who, String confirmed, String written, boolean beyond) {
    /** Nothing when the slot is not there. */
    static Optional<SlotReader> of(Session publisher, String slot) {
        return publisher.first(
                SqlFile.load(SlotReader.class, "slot_reader"),
                row ->
                        new SlotReader(
                                Objects.requireNonNullElse(row.textOrNull("reader"), ""),
                                Objects.requireNonNullElse(row.textOrNull("confirmed"), ""),
                                row.text("written"),
                                row.bool("beyond")),
                slot);
    }

    boolean isThere() {
        return !who.isEmpty();
    }

    /** Refuses what can only be so when somebody else has moved the slot. */
    void requireWritten(Node publisher, String slot) {
        if (beyond) {
            throw new Problem(
                            ExitStatus.STATE,
                            "slot-beyond-log",
                            "slot %s on the %s server was confirmed beyond the end of the log"
                                    .formatted(slot, publisher.side()),
                            "it stands at %s, the log ends at %s: another server has moved it; read by %s"
                                    .formatted(confirmed, written, isThere() ? who : "nobody now"),
                            "The copy has lost changes. Drop the other server's subscription to this slot,"
                                    + " then run relevo abort and relevo start.")
                    .toException();
        }
    }

    /** The slot is in use, and not by the subscription that was made for it. */
    Problem taken(Node publisher, Node subscriber, String slot) {
        return new Problem(
                ExitStatus.FAILED,
                "slot-taken",
                "slot %s on the %s server is read by somebody else"
                        .formatted(slot, publisher.side()),
                "%s; the apply worker of the %s server is not connected"
                        .formatted(who, subscriber.side()),
                "If this is a connection of the %s server that was lost, run the same command again. Else drop the subscription there; it has taken changes, so run relevo abort and relevo start."
                        .formatted(subscriber.side()));
    }
}
