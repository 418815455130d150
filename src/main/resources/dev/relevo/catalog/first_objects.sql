-- Objects that somebody made in this database, the first few of them; none in an empty one.
-- Relevo's own and those of extensions do not count.
SELECT o.kind || ' ' || o.name AS object
FROM (
    SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass AS class, n.oid, 'schema' AS kind, n.nspname::text AS name,
           n.nspname AS schema
    FROM pg_catalog.pg_namespace n WHERE n.nspname <> 'public'
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid,
           CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
                WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'type' ELSE 'table' END,
           n.nspname || '.' || c.relname, n.nspname
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 'function', n.nspname || '.' || p.proname, n.nspname
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    UNION ALL
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, 'type', n.nspname || '.' || t.typname, n.nspname
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    WHERE t.typtype IN ('d', 'e', 'r')
) o
WHERE o.schema !~ '^pg_' AND o.schema NOT IN ('information_schema', 'relevo')
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
                  WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e')
ORDER BY o.kind = 'schema', o.name
LIMIT 6
