-- What a new session of a client has of settings that a driver or a session of ours sets otherwise, unless its role has settings
-- of its own: the database's, else those of all roles, else the server's. ?: their names.
SELECT s.name, coalesce(d.value, a.value, f.value, s.boot_val) AS value
FROM pg_catalog.pg_settings s
LEFT JOIN LATERAL (
    SELECT pg_catalog.substr(c.c, pg_catalog.strpos(c.c, '=') + 1) AS value
    FROM pg_catalog.pg_db_role_setting r
    CROSS JOIN LATERAL pg_catalog.unnest(r.setconfig) c
    WHERE r.setrole = 0 AND pg_catalog.lower(pg_catalog.split_part(c.c, '=', 1)) = pg_catalog.lower(s.name)
      AND r.setdatabase = (SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database())
) d ON true
LEFT JOIN LATERAL (
    SELECT pg_catalog.substr(c.c, pg_catalog.strpos(c.c, '=') + 1) AS value
    FROM pg_catalog.pg_db_role_setting r
    CROSS JOIN LATERAL pg_catalog.unnest(r.setconfig) c
    WHERE r.setrole = 0 AND pg_catalog.lower(pg_catalog.split_part(c.c, '=', 1)) = pg_catalog.lower(s.name)
      AND r.setdatabase = 0
) a ON true
LEFT JOIN LATERAL (
    SELECT p.setting AS value
    FROM pg_catalog.pg_file_settings p
    WHERE pg_catalog.lower(p.name) = pg_catalog.lower(s.name) AND p.error IS NULL
    ORDER BY p.seqno DESC
    LIMIT 1
) f ON true
WHERE s.name = ANY (?)
