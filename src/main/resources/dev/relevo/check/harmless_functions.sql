-- PostgreSQL's own functions that change nothing and run nothing of the users', and the operators made of them: the
-- immutable ones, and those that tell the time. Other stable ones depend on settings of sessions. f function, o
-- operator.
WITH functions AS (
    SELECT p.oid
    FROM pg_catalog.pg_proc p
    WHERE p.oid < 16384 AND p.prokind = 'f' AND NOT p.proretset
      AND (p.provolatile = 'i'
           OR p.oid IN ('pg_catalog.now()'::pg_catalog.regprocedure,
                        'pg_catalog.transaction_timestamp()'::pg_catalog.regprocedure,
                        'pg_catalog.statement_timestamp()'::pg_catalog.regprocedure))
)
SELECT 'f' || f.oid AS id FROM functions f
UNION ALL
SELECT 'o' || o.oid FROM pg_catalog.pg_operator o WHERE o.oprcode::pg_catalog.oid IN (SELECT oid FROM functions)
