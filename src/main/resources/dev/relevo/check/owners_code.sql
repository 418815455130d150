-- Functions of roles that are no superusers which run when a row is written by somebody else: those of triggers that fire in a
-- replica, and those that a CHECK, a generated column, an index or a domain of a replicated table calls itself.
WITH tables AS (
    SELECT c.oid
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p'
      AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
), called AS (
    SELECT t.tgfoid AS function, true AS by_trigger
    FROM pg_catalog.pg_trigger t JOIN tables x ON x.oid = t.tgrelid
    WHERE t.tgenabled IN ('A', 'R') AND NOT t.tgisinternal
    UNION
    SELECT d.refobjid, false
    FROM pg_catalog.pg_depend d
    LEFT JOIN pg_catalog.pg_constraint c ON d.classid = 'pg_catalog.pg_constraint'::regclass AND c.oid = d.objid
        AND c.contype = 'c'
    LEFT JOIN pg_catalog.pg_attrdef a ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND a.oid = d.objid
    LEFT JOIN pg_catalog.pg_index i ON d.classid = 'pg_catalog.pg_class'::regclass AND i.indexrelid = d.objid
    WHERE d.refclassid = 'pg_catalog.pg_proc'::regclass
      AND (coalesce(c.conrelid, a.adrelid, i.indrelid) IN (SELECT oid FROM tables) OR c.contypid <> 0)
)
SELECT c.by_trigger, c.function::pg_catalog.regprocedure::text || ' of ' || r.rolname AS name
FROM called c
JOIN pg_catalog.pg_proc p ON p.oid = c.function
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_roles r ON r.oid = p.proowner
WHERE NOT r.rolsuper AND n.nspname <> 'relevo'
ORDER BY 1 DESC, 2
