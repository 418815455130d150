-- The leaf partitions with rows of their own of a partitioned table that is left out itself; none of any other. ?: its name.
SELECT n.nspname AS schema, c.relname AS name
FROM pg_catalog.pg_partition_tree(?::pg_catalog.regclass) t
JOIN pg_catalog.pg_class c ON c.oid = t.relid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE t.isleaf AND t.level > 0 AND c.relkind = 'r'
ORDER BY 1, 2
