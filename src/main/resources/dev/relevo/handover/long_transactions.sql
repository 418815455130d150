-- Transactions older than ?, of clients in this database other than our own ?.
SELECT pg_catalog.format('pid %s, role %s, %s, open since %s', a.pid, a.usename, a.state, a.xact_start) AS description
FROM pg_catalog.pg_stat_activity a
WHERE a.datname = pg_catalog.current_database()
  AND a.backend_type = 'client backend'
  AND a.xact_start < pg_catalog.clock_timestamp() - ?::interval
  AND a.pid <> ALL (?::int[])
  AND a.pid <> pg_catalog.pg_backend_pid()
ORDER BY a.xact_start
