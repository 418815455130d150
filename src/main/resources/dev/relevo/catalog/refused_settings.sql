-- What server, database and roles set that would undo a handover, or keep it from being done: session_replication_role
-- other than origin (ordinary triggers do not fire, the fence neither), output_plugin_libraries without pgoutput (no slot
-- of ours can be made or read), default_transaction_read_only where it wins over the database's or stays when that is
-- reset. ?: the database, or nothing while there is none. statement: what takes it away.
-- The server's own value is the last one in its files, unless the command line says otherwise; a value that is in effect
-- although no place has it any more was not reloaded.
WITH watched (name) AS (
    VALUES ('session_replication_role'), ('output_plugin_libraries'), ('default_transaction_read_only')
), command_line AS (
    SELECT w.name, m.value
    FROM watched w
    CROSS JOIN LATERAL (
        SELECT (pg_catalog.regexp_match(pg_catalog.pg_read_file('postmaster.opts', 0, 1000000, true),
                '.*"(?:-c" "|--|-c)' || pg_catalog.replace(w.name, '_', '[-_]') || '=([^"]*)"', 'i'))[1] AS value) m
    WHERE m.value IS NOT NULL
), files AS (
    SELECT DISTINCT ON (pg_catalog.lower(f.name)) pg_catalog.lower(f.name) AS name, f.setting AS value
    FROM pg_catalog.pg_file_settings f
    WHERE f.error IS NULL AND pg_catalog.lower(f.name) IN (SELECT name FROM watched)
    ORDER BY pg_catalog.lower(f.name), f.seqno DESC
), places AS (
    SELECT name, value, 'server' AS place, pg_catalog.format('ALTER ROLE ALL SET %s', name) AS alter, 1 AS n FROM command_line
    UNION ALL
    SELECT name, value, 'server', pg_catalog.format('ALTER SYSTEM SET %s', name), 1 FROM files
    WHERE name NOT IN (SELECT name FROM command_line)
    UNION ALL
    SELECT pg_catalog.lower(pg_catalog.split_part(c.setting, '=', 1)),
           pg_catalog.substr(c.setting, pg_catalog.strpos(c.setting, '=') + 1),
           CASE WHEN s.setrole <> 0 THEN 'role' WHEN s.setdatabase <> 0 THEN 'database' ELSE 'everybody' END,
           CASE WHEN s.setrole <> 0 AND s.setdatabase <> 0
                THEN pg_catalog.format('ALTER ROLE %I IN DATABASE %I', r.rolname, d.datname)
                WHEN s.setrole <> 0 THEN pg_catalog.format('ALTER ROLE %I', r.rolname)
                WHEN s.setdatabase <> 0 THEN pg_catalog.format('ALTER DATABASE %I', d.datname)
                ELSE 'ALTER ROLE ALL' END || ' RESET ' || pg_catalog.lower(pg_catalog.split_part(c.setting, '=', 1)), 2
    FROM pg_catalog.pg_db_role_setting s
    CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) c (setting)
    LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
    LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
    WHERE (s.setdatabase = 0 OR d.datname = ?)
      -- Of everybody's output plug-ins only ours matter, whose roles are made by us and have none set.
      AND NOT (s.setrole <> 0 AND c.setting ILIKE 'output\_plugin\_libraries=%' AND r.rolname <> current_user)
      AND NOT (coalesce(r.rolname, '') ~ '^relevo_[0-9a-f]{8}_(reads|applies)_(old|new)(_[0-9]+)?$' AND c.setting ILIKE 'default\_transaction\_read\_only=%')
), bad AS (
    SELECT p.*, e.elements
    FROM places p
    CROSS JOIN LATERAL (SELECT ARRAY(
        SELECT pg_catalog.replace(pg_catalog.btrim(pg_catalog.btrim(m[1]), '"'), '""', '"')
        FROM pg_catalog.regexp_matches(p.value, '"(?:[^"]|"")*"|[^",]+', 'g') m) AS elements) e
    WHERE CASE p.name
          WHEN 'session_replication_role' THEN pg_catalog.lower(p.value) <> 'origin'
          WHEN 'output_plugin_libraries' THEN NOT 'pgoutput' = ANY (e.elements)
          WHEN 'default_transaction_read_only' THEN
              p.place IN ('role', 'everybody') OR p.place = 'server' AND pg_catalog.lower(p.value) ~ '^(on|t|y|1)'
          END
)
SELECT name, value, place,
       CASE WHEN n = 2 THEN alter
            WHEN name = 'output_plugin_libraries'
                THEN alter || ' = ' || (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(m), ', ')
                                         FROM pg_catalog.unnest(elements || 'pgoutput'::text) m)
            ELSE alter || ' = ' || CASE name WHEN 'session_replication_role' THEN 'origin' ELSE 'off' END
       END || CASE WHEN alter LIKE 'ALTER SYSTEM%' THEN '; SELECT pg_reload_conf();' ELSE ';' END AS statement
FROM bad
UNION ALL
SELECT s.name, s.reset_val, 'server', 'SELECT pg_reload_conf();'
FROM pg_catalog.pg_settings s
WHERE s.name = 'session_replication_role' AND s.reset_val <> 'origin'
  AND NOT EXISTS (SELECT FROM bad b WHERE b.name = s.name)
ORDER BY 1, 3, 4
