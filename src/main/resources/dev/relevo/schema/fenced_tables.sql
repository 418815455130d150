-- Tables that have the fence's trigger, and whether it fires for everybody.
SELECT n.nspname AS schema, c.relname AS name, t.tgenabled = 'A' AS always
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE t.tgfoid = pg_catalog.to_regprocedure('relevo.fence()') AND NOT t.tgisinternal
ORDER BY n.nspname, c.relname
