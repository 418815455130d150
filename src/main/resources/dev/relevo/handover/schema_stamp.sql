-- Changes whenever a table, a column or a sequence of the users' is created, changed or dropped.
SELECT coalesce(pg_catalog.md5(pg_catalog.string_agg(
           pg_catalog.concat_ws(' ', c.oid, c.relname, c.relkind, c.relpersistence, a.attnum, a.attname, a.atttypid,
                                a.attnotnull, a.attisdropped), ',' ORDER BY c.oid, a.attnum)), '') AS stamp
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't'
  AND n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'relevo')
