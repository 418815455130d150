-- CHECKs, of tables and of domains, that call a function of the users' own, also by way of an operator, a cast or a
-- domain: such a function may read other tables. Those that others inherit first. Definitions are complete with an
-- empty search_path.
WITH RECURSIVE own AS (
    SELECT k.oid, k.conrelid, k.contypid, k.conname, k.coninhcount, c.relkind
    FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace
    LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
    WHERE k.contype = 'c' AND k.oid >= 16384 AND k.convalidated
      AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                      WHERE e.deptype = 'e'
                        AND (e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = k.conrelid
                             OR e.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND e.objid = k.contypid))
), reach (id, class, object) AS (
    SELECT k.oid, 'pg_catalog.pg_constraint'::pg_catalog.regclass::oid, k.oid FROM own k
    UNION
    SELECT r.id, d.class, d.object
    FROM reach r
    CROSS JOIN LATERAL (
        SELECT d.refclassid AS class, d.refobjid AS object
        FROM pg_catalog.pg_depend d
        WHERE d.classid = r.class AND d.objid = r.object AND d.deptype IN ('n', 'i') AND d.refobjid >= 16384
          AND d.classid IN ('pg_catalog.pg_constraint'::pg_catalog.regclass,
              'pg_catalog.pg_operator'::pg_catalog.regclass,
                            'pg_catalog.pg_cast'::pg_catalog.regclass)
          AND d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass,
                               'pg_catalog.pg_type'::pg_catalog.regclass)
        UNION ALL
        SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass::oid, k.oid
        FROM pg_catalog.pg_constraint k
        WHERE r.class = 'pg_catalog.pg_type'::pg_catalog.regclass AND k.contypid = r.object
        UNION ALL
        SELECT 'pg_catalog.pg_type'::pg_catalog.regclass::oid, t.typbasetype
        FROM pg_catalog.pg_type t
        WHERE r.class = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = r.object AND t.typtype = 'd') d
)
SELECT CASE WHEN k.conrelid <> 0 THEN 'TABLE ' || pg_catalog.format('%I.%I', cn.nspname, c.relname)
            ELSE 'DOMAIN ' || pg_catalog.format('%I.%I', tn.nspname, t.typname) END AS holder,
       pg_catalog.quote_ident(k.conname) AS name, pg_catalog.pg_get_constraintdef(k.oid) AS definition,
       pg_catalog.obj_description(k.oid, 'pg_constraint') AS comment
FROM own k
LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid
LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
WHERE k.coninhcount = 0
  AND EXISTS (SELECT FROM reach r
              JOIN pg_catalog.pg_proc p ON p.oid = r.object
              JOIN pg_catalog.pg_language l ON l.oid = p.prolang
              WHERE r.id = k.oid AND r.class = 'pg_catalog.pg_proc'::pg_catalog.regclass
                AND l.lanname NOT IN ('internal', 'c'))
ORDER BY 1, 2
