-- The beginning of the questions about rows: which types run no code of the users' when they are compared, and which
-- tables have an index, extended statistics or a partition key that does.
WITH RECURSIVE base (oid, base) AS (
    SELECT t.oid, t.oid FROM pg_catalog.pg_type t WHERE t.typtype <> 'd'
    UNION
    SELECT t.oid, b.base FROM pg_catalog.pg_type t JOIN base b ON t.typtype = 'd' AND t.typbasetype = b.oid
), harmless AS (
    SELECT b.oid
    FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.base
    WHERE t.oid < 16384 AND t.typtype IN ('b', 'r', 'm')
       OR t.typtype = 'e' AND NOT EXISTS (SELECT FROM pg_catalog.pg_cast c WHERE t.oid IN (c.castsource, c.casttarget))
), own AS (
    SELECT p.oid
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    WHERE p.oid >= 16384 AND l.lanname NOT IN ('c', 'internal')
), calling AS (
    SELECT coalesce(i.indrelid, s.stxrelid, d.objid) AS relation
    FROM pg_catalog.pg_depend d
    LEFT JOIN pg_catalog.pg_index i ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND i.indexrelid = d.objid
    LEFT JOIN pg_catalog.pg_statistic_ext s
        ON d.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AND s.oid = d.objid
    WHERE d.classid IN ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass)
      AND (d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.refobjid IN (SELECT oid FROM own)
           OR d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass
              AND d.refobjid IN (SELECT o.oid FROM pg_catalog.pg_operator o WHERE o.oprcode IN (SELECT oid FROM own)))
)
