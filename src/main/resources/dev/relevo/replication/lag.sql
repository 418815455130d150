-- What the subscriber has still to confirm, seen from the publisher. ?: the slot.
SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.confirmed_flush_lsn)::bigint AS bytes,
       pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.restart_lsn)::bigint AS retained,
       s.active,
       coalesce(s.active_pid, 0) AS pid,
       s.confirmed_flush_lsn::text AS confirmed,
       coalesce(extract(epoch FROM r.replay_lag), 0)::float8 AS seconds
FROM pg_catalog.pg_replication_slots s
LEFT JOIN pg_catalog.pg_stat_replication r ON r.pid = s.active_pid
WHERE s.slot_name = ?
