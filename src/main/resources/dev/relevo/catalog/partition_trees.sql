-- The trees of partitions and their leaves. replicated: whether a leaf has rows of its own that reach the log.
WITH RECURSIVE tree (root, part) AS (
    SELECT c.oid, c.oid
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'p' AND NOT c.relispartition AND c.relpersistence <> 't'
      AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
    UNION ALL
    SELECT t.root, i.inhrelid FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.part
)
SELECT t.root::bigint AS root, rn.nspname AS root_schema, r.relname AS root_name,
       t.part::bigint AS leaf, n.nspname AS schema, c.relname AS name,
       c.relkind = 'r' AND c.relpersistence = 'p' AS replicated
FROM tree t
JOIN pg_catalog.pg_class r ON r.oid = t.root
JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
JOIN pg_catalog.pg_class c ON c.oid = t.part AND c.relkind <> 'p'
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
ORDER BY 1, 5, 6
