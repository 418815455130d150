-- Foreign keys whose columns have another collation than those they refer to, where one of the two is nondeterministic:
-- 18 refuses to make such a key. columns: what would give the referring columns the other's collation.
SELECT n.nspname || '.' || c.relname AS table, k.conname AS name,
       pg_catalog.string_agg(pg_catalog.format('%s is COLLATE %I, %s COLLATE %I', fa.attname, fc.collname, pa.attname,
                                               pc.collname), ', ' ORDER BY p.n) AS detail,
       pg_catalog.format('ALTER TABLE %I.%I ', n.nspname, c.relname)
           || pg_catalog.string_agg(pg_catalog.format('ALTER COLUMN %I TYPE %s COLLATE %I.%I', fa.attname,
                                                      pg_catalog.format_type(fa.atttypid, fa.atttypmod), pn.nspname,
                                                      pc.collname), ', ' ORDER BY p.n) AS alter,
       pg_catalog.format('ALTER TABLE %I.%I DROP CONSTRAINT %I', n.nspname, c.relname, k.conname) AS drop
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL pg_catalog.generate_series(1, pg_catalog.cardinality(k.conkey)) AS p (n)
JOIN pg_catalog.pg_attribute fa ON fa.attrelid = k.conrelid AND fa.attnum = k.conkey[p.n]
JOIN pg_catalog.pg_attribute pa ON pa.attrelid = k.confrelid AND pa.attnum = k.confkey[p.n]
JOIN pg_catalog.pg_collation fc ON fc.oid = fa.attcollation
JOIN pg_catalog.pg_collation pc ON pc.oid = pa.attcollation
JOIN pg_catalog.pg_namespace pn ON pn.oid = pc.collnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND fa.attcollation <> pa.attcollation
  -- 12 and newer know such collations
  AND (pg_catalog.to_jsonb(fc) ->> 'collisdeterministic' = 'false'
       OR pg_catalog.to_jsonb(pc) ->> 'collisdeterministic' = 'false')
  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
GROUP BY k.oid, k.conname, n.nspname, c.relname
ORDER BY 1, 2
