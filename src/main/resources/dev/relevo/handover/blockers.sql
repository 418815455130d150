-- The sessions that keep a drain from ending, the oldest transaction first. ?: our own pids.
SELECT pg_catalog.format('pid %s, role %s%s, %s, transaction open for %s s',
           a.pid,
           coalesce(a.usename, '-'),
           CASE WHEN a.application_name <> '' THEN ', application ' || a.application_name ELSE '' END,
           coalesce(a.state, a.backend_type),
           coalesce(pg_catalog.round(extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::numeric, 1)::text, '0')
       ) AS description
FROM pg_catalog.pg_stat_activity a
WHERE a.datname = pg_catalog.current_database()
  AND a.pid <> ALL (?::int[])
  AND (a.backend_type = 'client backend'
       OR a.xact_start IS NOT NULL
          AND a.backend_type NOT IN ('autovacuum worker', 'parallel worker', 'walsender')
          AND a.backend_type NOT LIKE 'logical replication%')
ORDER BY a.xact_start NULLS LAST, a.pid
LIMIT 20
