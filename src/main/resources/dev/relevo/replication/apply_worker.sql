-- Whether the apply worker of a subscription of this database runs, and whether it is in touch with the publisher: from its first
-- message on. Other databases of the server may have a subscription of the same name. Parallel apply workers have a
-- position of nobody's, table synchronization workers a table. ?: the subscription.
SELECT coalesce(pg_catalog.bool_or(w.pid IS NOT NULL), false) AS running,
       coalesce(pg_catalog.bool_or(w.pid IS NOT NULL AND w.received_lsn IS NOT NULL), false) AS receiving
FROM pg_catalog.pg_subscription s
JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
LEFT JOIN pg_catalog.pg_stat_subscription w ON w.subid = s.oid AND w.relid IS NULL
WHERE d.datname = pg_catalog.current_database() AND s.subname = ?
