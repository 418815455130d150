-- Whether a slot still has the write-ahead log it needs, why not, and how much more may be written until then. ?: the slot.
SELECT s.wal_status, s.safe_wal_size AS safe_bytes, s.invalidation_reason AS invalidated
FROM pg_catalog.pg_replication_slots s
WHERE s.slot_name = ?
