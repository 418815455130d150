-- Who holds a user's table in a mode that conflicts with SHARE UPDATE EXCLUSIVE. ?: our own pid.
SELECT pg_catalog.format('%s: %s held by pid %s, role %s, %s since %s',
           l.relation::regclass, l.mode, a.pid, coalesce(a.usename, a.backend_type), coalesce(a.state, '-'), a.xact_start)
           AS description
FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
JOIN pg_catalog.pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p')
WHERE l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
  AND l.granted
  AND l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
  AND l.pid <> ? AND l.pid <> pg_catalog.pg_backend_pid()
ORDER BY a.xact_start, a.pid
LIMIT 10
