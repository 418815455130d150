-- Tables and materialized views with rows that were not analyzed since a moment (?); parents stand for their partitions,
-- because ANALYZE of a parent does them all.
SELECT n.nspname AS schema, c.relname AS name
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_stat_all_tables s ON s.relid = c.oid
WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
  AND (c.relkind = 'p' OR pg_catalog.pg_relation_size(c.oid) > 0)
  AND coalesce(greatest(s.last_analyze, s.last_autoanalyze), '-infinity') < ?::timestamptz
ORDER BY pg_catalog.pg_total_relation_size(c.oid) DESC
