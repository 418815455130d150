-- The apply worker of one subscription of this database that leads its parallel ones, and how often it failed. ?: the
-- subscription.
SELECT s.oid::text AS oid, s.subenabled AS enabled, s.subslotname AS slot, w.pid,
       coalesce(a.backend_start > pg_catalog.clock_timestamp() - interval '1 min', false) AS young,
       t.apply_error_count AS errors
FROM pg_catalog.pg_subscription s
LEFT JOIN pg_catalog.pg_stat_subscription_stats t ON t.subid = s.oid
LEFT JOIN pg_catalog.pg_stat_subscription w
       ON w.subid = s.oid AND w.relid IS NULL AND w.leader_pid IS NULL AND w.pid IS NOT NULL
LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = w.pid
WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
  AND s.subname = ?
