-- The users' functions that are not an extension's, with their bodies. atomic: parsed when it was made (14 and newer), so
-- that no search_path matters to itself any more; calls: what it is known to call.
SELECT p.oid::pg_catalog.int8 AS oid, n.nspname AS schema, p.proname AS name, l.lanname AS language, p.prosrc AS body,
       CASE p.prokind WHEN 'p' THEN 'PROCEDURE ' WHEN 'a' THEN 'AGGREGATE ' ELSE 'FUNCTION ' END
           || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.proname)
           || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')' AS signature,
       coalesce(pg_catalog.array_to_string(p.proconfig, ' '), '') ~ '(^| )search_path=' AS has_path,
       pg_catalog.to_jsonb(p) ->> 'prosqlbody' IS NOT NULL AS atomic,
       coalesce(p.proargnames, '{}') AS arguments,
       ARRAY(SELECT d.refobjid::pg_catalog.text FROM pg_catalog.pg_depend d
             WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid
               AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass) AS calls
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE p.oid >= 16384 AND l.lanname NOT IN ('c', 'internal')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                  WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = p.oid AND e.deptype = 'e')
