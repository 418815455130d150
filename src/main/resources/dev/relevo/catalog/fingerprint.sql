-- One row for each table and sequence: what must be equal on both servers for replication to go on.
SELECT n.nspname AS schema, c.relname AS name,
       CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'p' THEN 'partitioned table' ELSE 'table' END
           || CASE c.relpersistence WHEN 'u' THEN ' unlogged' ELSE '' END AS kind,
       CASE WHEN c.relkind = 'S' THEN ARRAY[]::text[] ELSE a.names END AS columns,
       CASE WHEN c.relkind = 'S' THEN ARRAY[]::text[] ELSE a.definitions END AS definitions
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
    SELECT array_agg(a.attname::text ORDER BY a.attnum) AS names,
           array_agg(pg_catalog.format_type(a.atttypid, a.atttypmod)
                     || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END ORDER BY a.attnum) AS definitions
    FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) a ON true
WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e
                  WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = c.oid
                    AND e.deptype = 'e')
