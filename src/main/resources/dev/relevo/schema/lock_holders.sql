-- Who holds a lock on a table (?) that is in the way; weak locks (?) are not. Prepared transactions have no process.
SELECT l.pid, a.usename AS role, a.application_name AS application, a.client_addr::text AS address,
       a.xact_start::text AS since, l.mode,
       (SELECT p.gid FROM pg_catalog.pg_prepared_xacts p JOIN pg_catalog.pg_locks t
            ON t.locktype = 'transactionid' AND t.transactionid = p.transaction
        WHERE t.virtualtransaction = l.virtualtransaction AND l.pid IS NULL) AS prepared
FROM pg_catalog.pg_locks l
LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'relation' AND l.granted
  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  AND l.relation = pg_catalog.to_regclass(?)
  AND l.mode <> ALL (?::text[])
  AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
ORDER BY a.xact_start
