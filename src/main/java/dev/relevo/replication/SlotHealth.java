package dev.relevo.replication;

import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.Optional;

/**
 * Whether a slot still has the write-ahead log its subscriber needs.
 *
 * @param walStatus as in {@code pg_replication_slots}; nothing before 13
 * @param safeBytes how much may still be written before the slot may lose it; nothing where no
 *     {@code max_slot_wal_keep_size} is set, or before 13
 * @param invalidated why the server gave the slot up; from 17 on, before only that it is {@code
 *     wal_removed}
 * @param ours whether it is the slot that this upgrade made, see {@link SlotSeal}
 */
public record SlotHealth(
        Optional<String> walStatus,
        Optional<Long> safeBytes,
        Optional<String> invalidated,
        boolean ours) {

    /** Whether nothing that the subscriber needs is lost, as far as the slot tells. */
    public boolean isWhole() {
        return ours && invalidated.isEmpty();
    }

    /** Nothing when the slot is not there. */
    public static Optional<SlotHealth> read(Session session, Node publisher) {
        return session.first(
                SqlFile.load(SlotHealth.class, "slot_health", session.version()),
                row -> {
                    Optional<String> status = Optional.ofNullable(row.textOrNull("wal_status"));
                    return new SlotHealth(
                            status,
                            row.isNull("safe_bytes")
                                    ? Optional.empty()
                                    : Optional.of(row.bigint("safe_bytes")),
                            Optional.ofNullable(row.textOrNull("invalidated"))
                                    .or(() ->
                                            status.filter("lost"::equals).map(_ -> "wal_removed")),
                            publisher.tag().equals(row.textOrNull("seal")));
                },
                publisher.slot());
    }
}
