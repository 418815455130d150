-- What is evaluated whenever a row is written, or a materialized view is refreshed, and calls functions of the users'. Those
-- that have a search_path of their own need no other; an extension's are the new server's own there. Only looks, so that no
-- code of the users' runs. since: the new server's major version from which it matters.
WITH RECURSIVE edges AS (
    SELECT DISTINCT r.ev_class AS view, d.refobjid AS source
    FROM pg_catalog.pg_rewrite r
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
                               AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> r.ev_class
    JOIN pg_catalog.pg_class c ON c.oid = d.refobjid AND c.relkind = 'v'
), beneath (view, source) AS (
    SELECT c.oid, c.oid FROM pg_catalog.pg_class c WHERE c.relkind = 'm' AND c.relispopulated
    UNION
    SELECT b.view, e.source FROM beneath b JOIN edges e ON e.view = b.source
), calls AS (
    SELECT d.classid, d.objid, d.objsubid, d.refobjid AS function
    FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.refobjid >= 16384
    UNION
    SELECT d.classid, d.objid, d.objsubid, o.oprcode
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_operator o ON o.oid = d.refobjid
    WHERE d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oprcode >= 16384::pg_catalog.oid
), evaluated AS (
    SELECT 'constraint ' || k.conname || CASE WHEN k.conrelid <> 0 THEN ' of table ' ELSE ' of domain ' END AS what,
           k.conrelid AS relation, k.contypid AS domain, c.function, 0 AS since
    FROM calls c
    JOIN pg_catalog.pg_constraint k ON c.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND k.oid = c.objid
    WHERE k.contype = 'c'
    UNION ALL
    SELECT 'index ' || r.relname || ' of table ', i.indrelid, 0, c.function, 0
    FROM calls c
    JOIN pg_catalog.pg_index i ON c.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND i.indexrelid = c.objid
    JOIN pg_catalog.pg_class r ON r.oid = i.indexrelid
    UNION ALL
    -- Until 14 it is the column that depends on the functions, from 15 on its expression.
    SELECT 'column ' || a.attname || ' of table ', a.attrelid, 0, c.function, 0
    FROM calls c
    JOIN pg_catalog.pg_attrdef g ON c.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND g.oid = c.objid
                                 OR c.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND g.adrelid = c.objid AND g.adnum = c.objsubid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = g.adrelid AND a.attnum = g.adnum
    WHERE pg_catalog.to_jsonb(a) ->> 'attgenerated' <> ''  -- 11 has no such column
    UNION ALL
    SELECT 'materialized view ', b.view, 0, c.function, 17
    FROM calls c
    JOIN pg_catalog.pg_rewrite r ON c.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND r.oid = c.objid
    JOIN beneath b ON b.source = r.ev_class
)
SELECT DISTINCT e.what || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(coalesce(r.relname, t.typname)) AS what,
       e.function::pg_catalog.int8 AS function, e.since
FROM evaluated e
LEFT JOIN pg_catalog.pg_class r ON r.oid = e.relation
LEFT JOIN pg_catalog.pg_type t ON t.oid = e.domain
JOIN pg_catalog.pg_namespace n ON n.oid = coalesce(r.relnamespace, t.typnamespace)
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
ORDER BY 1, 2
