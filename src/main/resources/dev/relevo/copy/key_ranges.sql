-- Tables with a primary key of one whole number, whose rows are nearly in its order on disk: only then a range of it is read
-- about as fast as a part of the table is. bounds: PostgreSQL's histogram of it; a table that was never analyzed has none.
SELECT c.oid::bigint AS oid, a.attname AS key, k.bounds
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
JOIN pg_catalog.pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
CROSS JOIN LATERAL (SELECT ARRAY(SELECT DISTINCT b
                                 FROM pg_catalog.unnest(CASE WHEN a.atttypid IN ('pg_catalog.int2'::pg_catalog.regtype,
                                                                                 'pg_catalog.int4'::pg_catalog.regtype,
                                                                                 'pg_catalog.int8'::pg_catalog.regtype)
                                                             THEN s.histogram_bounds::text::bigint[] END) AS b
                                 ORDER BY b)::text[] AS bounds) k
WHERE i.indisprimary AND i.indisvalid AND i.indnatts = 1 AND NOT s.inherited
  AND c.relkind = 'r' AND c.relpersistence = 'p' AND pg_catalog.abs(s.correlation) > 0.9
  AND pg_catalog.cardinality(k.bounds) > 2
