-- Which cluster, in which history, and which database this is; and whether schema relevo is there, and is ours.
SELECT c.system_identifier,
       CASE WHEN pg_catalog.pg_is_in_recovery() THEN 0
            ELSE ('x' || pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8))::bit(32)::int
       END AS timeline,
       d.oid::bigint AS database, d.datname AS name,
       pg_catalog.to_regnamespace('relevo') IS NOT NULL AS taken,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = pg_catalog.to_regclass('${upgrade}')::oid
          AND a.attname IN ('id', 'side', 'new_database', 'format', 'finished')) = 5 AS ours
FROM pg_catalog.pg_control_system() c, pg_catalog.pg_database d
WHERE d.datname = pg_catalog.current_database()
