-- Tables as they are in the snapshot (relfilenode) and on disk now (size). Read inside the snapshot. A table whose file is
-- another one by now, or that is gone, was truncated, rewritten or dropped since. total: with TOAST. root: of the tree that a
-- partition is a leaf of.
WITH RECURSIVE up (leaf, top) AS (
    SELECT c.oid, c.oid FROM pg_catalog.pg_class c WHERE c.relispartition AND c.relkind = 'r'
    UNION ALL
    SELECT u.leaf, i.inhparent FROM up u JOIN pg_catalog.pg_inherits i ON i.inhrelid = u.top
), root AS (
    SELECT u.leaf, n.nspname AS schema, c.relname AS name
    FROM up u
    JOIN pg_catalog.pg_class c ON c.oid = u.top AND NOT c.relispartition
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
)
SELECT c.oid::bigint AS oid, n.nspname AS schema, c.relname AS name, c.relfilenode::bigint AS filenode,
       coalesce(pg_catalog.pg_relation_size(c.oid), 0) AS bytes,
       coalesce(pg_catalog.pg_table_size(c.oid), 0) AS total, c.reltuples::bigint AS estimate,
       r.schema AS root_schema, r.name AS root_name
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN root r ON r.leaf = c.oid
WHERE c.relkind = 'r' AND c.relpersistence = 'p'
  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
