-- Tables as they are in the snapshot (relfilenode) and on disk now (size). Read inside the snapshot. A table whose file is
-- another one by now, or that is gone, was truncated, rewritten or dropped since. total: with TOAST.
SELECT c.oid::bigint AS oid, n.nspname AS schema, c.relname AS name, c.relfilenode::bigint AS filenode,
       coalesce(pg_catalog.pg_relation_size(c.oid), 0) AS bytes,
       coalesce(pg_catalog.pg_table_size(c.oid), 0) AS total, c.reltuples::bigint AS estimate
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'p'
  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
