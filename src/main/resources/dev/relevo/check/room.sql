-- How much room a server has in its lock table and for connections, what is taken just now, and what there is to be locked.
-- capacity: as the manual has it; the server's own reserve comes on top.
SELECT s.locks * (s.connections + s.prepared) AS capacity, s.connections + s.prepared AS slots, s.locks,
       s.connections, s.reserved,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks l WHERE NOT l.fastpath AND l.locktype <> 'virtualxid') AS held,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity a
        WHERE a.backend_type = 'client backend' AND a.application_name !~ '^relevo ') AS clients,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity a
        WHERE a.backend_type = 'client backend' AND a.application_name !~ '^relevo '
          AND a.datname = pg_catalog.current_database()) AS here,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_database d WHERE d.datallowconn) AS databases,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'p', 'S') AND c.oid >= 16384) AS moved,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class c
        WHERE c.relkind IN ('r', 'p', 'S', 'v', 'm', 'f', 'c', 't') AND c.oid >= 16384) AS made,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class c WHERE c.relkind = 'r' AND c.oid < 16384) AS catalogs
FROM (SELECT pg_catalog.max(setting::pg_catalog.int8) FILTER (WHERE name = 'max_locks_per_transaction') AS locks,
             pg_catalog.max(setting::pg_catalog.int8) FILTER (WHERE name = 'max_connections') AS connections,
             pg_catalog.max(setting::pg_catalog.int8) FILTER (WHERE name = 'max_prepared_transactions') AS prepared,
             pg_catalog.sum(setting::pg_catalog.int8)
                 FILTER (WHERE name IN ('superuser_reserved_connections', 'reserved_connections')) AS reserved
      FROM pg_catalog.pg_settings) s
