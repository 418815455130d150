-- PostgreSQL's own functions that change nothing and run nothing of the users', and the operators made of them: the
-- immutable ones, and the stable ones that have to do with dates and times. kind: f function, o operator.
WITH functions AS (
    SELECT p.oid
    FROM pg_catalog.pg_proc p
    WHERE p.oid < 16384 AND p.prokind = 'f' AND NOT p.proretset
      AND (p.provolatile = 'i'
           OR p.provolatile = 's'
              AND p.proargtypes::pg_catalog.oid[] || p.prorettype
                  && ARRAY['date'::pg_catalog.regtype, 'timestamp'::pg_catalog.regtype,
                           'timestamptz'::pg_catalog.regtype]::pg_catalog.oid[])
)
SELECT 'f' || f.oid AS id FROM functions f
UNION ALL
SELECT 'o' || o.oid FROM pg_catalog.pg_operator o WHERE o.oprcode::pg_catalog.oid IN (SELECT oid FROM functions)
