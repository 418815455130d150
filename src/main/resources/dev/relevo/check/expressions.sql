-- What is evaluated whenever a row is written, or a materialized view refreshed, and calls functions of the users': a statement
-- that evaluates it once, on a row of the table if there is one, or that only looks at a function's body.
-- An extension's functions are the new server's own there. since: the new server's major version from which it matters.
WITH calling AS (
    SELECT DISTINCT d.classid, d.objid, p.oid AS function, p.prolang, p.proconfig
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_proc p ON p.oid = d.refobjid
    WHERE d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid >= 16384
      AND p.prolang IN (SELECT oid FROM pg_catalog.pg_language WHERE lanname NOT IN ('c', 'internal'))
      AND coalesce(pg_catalog.array_to_string(p.proconfig, ' '), '') !~ '(^| )search_path='
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e
                      WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = p.oid AND e.deptype = 'e')
), expressions AS (
    SELECT k.conrelid AS relation, 'constraint ' || k.conname AS what, pg_catalog.pg_get_expr(k.conbin, k.conrelid) AS expression
    FROM pg_catalog.pg_constraint k
    WHERE k.contype = 'c' AND k.conrelid <> 0
      AND k.oid IN (SELECT objid FROM calling WHERE classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass)
    UNION ALL
    SELECT i.indrelid, 'index ' || c.relname,
           pg_catalog.concat_ws(', ', pg_catalog.pg_get_expr(i.indexprs, i.indrelid), pg_catalog.pg_get_expr(i.indpred, i.indrelid))
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    WHERE i.indexrelid IN (SELECT objid FROM calling WHERE classid = 'pg_catalog.pg_class'::pg_catalog.regclass)
    UNION ALL
    SELECT g.adrelid, 'column ' || a.attname, pg_catalog.pg_get_expr(g.adbin, g.adrelid)
    FROM pg_catalog.pg_attrdef g
    JOIN pg_catalog.pg_attribute a ON a.attrelid = g.adrelid AND a.attnum = g.adnum
    WHERE pg_catalog.to_jsonb(a) ->> 'attgenerated' <> ''  -- 11 has no such column
      AND g.oid IN (SELECT objid FROM calling WHERE classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass)
), tables AS (
    SELECT e.what || ' of table ' || n.nspname || '.' || c.relname AS what,
           'SELECT ' || e.expression || ' FROM (SELECT (x).* FROM (SELECT "relevo row" AS x FROM ONLY ' || q.name
           || ' "relevo row" UNION ALL SELECT NULL::' || q.name || ' LIMIT 1) r) r' AS sql, 0 AS since
    FROM expressions e
    JOIN pg_catalog.pg_class c ON c.oid = e.relation AND c.relkind IN ('r', 'p', 'm')
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    CROSS JOIN LATERAL (SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS name) q
), bodies AS (
    SELECT CASE WHEN k.oid IS NULL THEN 'materialized view ' || v.oid::pg_catalog.regclass
                ELSE 'domain ' || k.contypid::pg_catalog.regtype END || ' with function ' || f.function::pg_catalog.regproc AS what,
           'SELECT pg_catalog.fmgr_sql_validator(' || f.function || ')' AS sql,
           CASE WHEN k.oid IS NULL THEN 17 ELSE 0 END AS since
    FROM calling f
    LEFT JOIN pg_catalog.pg_rewrite r ON f.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND r.oid = f.objid
    LEFT JOIN pg_catalog.pg_class v ON v.oid = r.ev_class AND v.relkind = 'm' AND v.relispopulated
    LEFT JOIN pg_catalog.pg_constraint k ON f.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND k.oid = f.objid
                                        AND k.contypid <> 0
    WHERE (v.oid IS NOT NULL OR k.oid IS NOT NULL)
      AND f.prolang = (SELECT oid FROM pg_catalog.pg_language WHERE lanname = 'sql')
)
SELECT what, sql, since FROM tables UNION SELECT what, sql, since FROM bodies ORDER BY 1
