-- Materialized views, each after those it is built on, also when plain views lie in between.
WITH RECURSIVE views AS (
    SELECT c.oid, c.relkind FROM pg_catalog.pg_class c WHERE c.relkind IN ('m', 'v')
), edges AS (
    SELECT DISTINCT r.ev_class AS view, d.refobjid AS source
    FROM pg_catalog.pg_rewrite r
    JOIN pg_catalog.pg_depend d
        ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
       AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> r.ev_class
    WHERE r.ev_class IN (SELECT oid FROM views) AND d.refobjid IN (SELECT oid FROM views)
), beneath (view, source) AS (
    -- Views may refer to each other in a circle, by CREATE OR REPLACE: a pair that is there already is not followed again.
    SELECT view, source FROM edges WHERE view IN (SELECT oid FROM views WHERE relkind = 'm')
    UNION
    SELECT b.view, e.source FROM beneath b JOIN edges e ON e.view = b.source
), levels AS (
    -- Whatever is built on another one has more beneath it.
    SELECT v.oid, count(b.source) AS level FROM views v LEFT JOIN beneath b ON b.view = v.oid WHERE v.relkind = 'm' GROUP BY v.oid
)
SELECT n.nspname AS schema, c.relname AS name, c.relispopulated AS populated, l.level::integer AS level
FROM levels l
JOIN pg_catalog.pg_class c ON c.oid = l.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e
                  WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = c.oid
                    AND e.deptype = 'e')
ORDER BY l.level, n.nspname, c.relname
