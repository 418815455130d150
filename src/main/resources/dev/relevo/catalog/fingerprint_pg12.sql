-- One row for each table and sequence: what must be equal on both servers for replication to go on.
-- The order of columns does not matter, so nothing is sorted.
SELECT n.nspname AS schema, c.relname AS name,
       CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'p' THEN 'partitioned table' ELSE 'table' END
           || CASE c.relpersistence WHEN 'u' THEN ' unlogged' ELSE '' END AS kind,
       coalesce(a.names, ARRAY[]::text[]) AS columns, coalesce(a.definitions, ARRAY[]::text[]) AS definitions
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN (
    SELECT a.attrelid, array_agg(a.attname::text) AS names,
           array_agg(pg_catalog.format_type(a.atttypid, a.atttypmod)
                     || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
                     || CASE WHEN a.attgenerated <> '' THEN ' generated' ELSE '' END) AS definitions
    FROM pg_catalog.pg_attribute a
    WHERE a.attrelid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped
      AND a.attrelid IN (SELECT oid FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p'))
    GROUP BY a.attrelid) a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
  AND c.oid NOT IN (SELECT d.objid FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'e')
