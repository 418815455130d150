-- Whether a slot still has the write-ahead log it needs, why not, and how much more may be written until then. ?: the slot.
SELECT s.wal_status, s.safe_wal_size AS safe_bytes, s.invalidation_reason AS invalidated,
       pg_catalog.btrim(pg_catalog.pg_read_file('pg_replslot/' || s.slot_name || '/relevo', 0, 64, true), E'\n') AS seal
FROM pg_catalog.pg_replication_slots s
WHERE s.slot_name = ?
