-- Tables of these publications on which the fence does not stand, or stops nobody. ?: the publications.
SELECT DISTINCT n.nspname AS schema, c.relname AS name
FROM pg_catalog.pg_publication_rel r
JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid
JOIN pg_catalog.pg_class c ON c.oid = r.prrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE p.pubname = ANY (?) AND n.nspname <> 'relevo'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
                  WHERE g.tgrelid = c.oid AND g.tgname = 'relevo_fence' AND g.tgenabled IN ('A', 'O'))
