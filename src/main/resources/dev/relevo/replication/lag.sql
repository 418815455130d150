-- What the subscriber has still to confirm, seen from the publisher, and when that was so by its clock. ?: the slot.
SELECT pg_catalog.pg_wal_lsn_diff(w.lsn, s.confirmed_flush_lsn)::bigint AS bytes,
       pg_catalog.pg_wal_lsn_diff(w.lsn, s.restart_lsn)::bigint AS retained,
       s.active,
       coalesce(s.active_pid, 0) AS pid,
       s.confirmed_flush_lsn::text AS confirmed,
       w.lsn::text AS written,
       (extract(epoch FROM w.at) * 1000000)::bigint AS micros,
       coalesce(extract(epoch FROM r.replay_lag), 0)::float8 AS seconds
FROM (SELECT pg_catalog.pg_current_wal_lsn() AS lsn, pg_catalog.clock_timestamp() AS at OFFSET 0) w
CROSS JOIN pg_catalog.pg_replication_slots s
LEFT JOIN pg_catalog.pg_stat_replication r ON r.pid = s.active_pid
WHERE s.slot_name = ?
