-- The users' functions that are not an extension's, and the operators made of them.
WITH functions AS (
    SELECT p.oid
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    WHERE p.oid >= 16384 AND l.lanname NOT IN ('c', 'internal')
)
SELECT f.oid::pg_catalog.int8 AS oid FROM functions f
UNION
SELECT o.oid::pg_catalog.int8 FROM pg_catalog.pg_operator o WHERE o.oprcode IN (SELECT oid FROM functions)
