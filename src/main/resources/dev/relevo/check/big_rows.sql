-- Tables that may have rows too big for logical decoding, with an expression that tells how long a row's strings are as
-- text, without reading them from TOAST.
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS table_name,
       pg_catalog.string_agg(pg_catalog.format('coalesce(pg_catalog.octet_length(%I)::pg_catalog.int8, 0)', a.attname)
                             || CASE a.atttypid WHEN 'pg_catalog.bytea'::pg_catalog.regtype THEN ' * 2' ELSE '' END,
                                 ' + ') AS length
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind = 'r' AND c.relpersistence = 'p'
  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
  AND a.atttypid IN ('pg_catalog.bytea'::pg_catalog.regtype, 'pg_catalog.text'::pg_catalog.regtype,
                     'pg_catalog.varchar'::pg_catalog.regtype)
  AND c.reltoastrelid <> 0 AND pg_catalog.pg_relation_size(c.reltoastrelid) > 1048576
  AND pg_catalog.pg_relation_size(c.oid) <= 1073741824
GROUP BY n.nspname, c.relname
ORDER BY 1
