-- The version of a collation provider, or of one locale of it, as this server has it. ?: provider and locale, of which
-- libc has one version for all.
SELECT pg_catalog.pg_collation_actual_version(c.oid) AS actual
FROM pg_catalog.pg_collation c
CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(c) AS j) s
CROSS JOIN (SELECT ?::text AS provider, ?::text AS locale) w
WHERE c.collprovider::text = w.provider AND c.collcollate IS DISTINCT FROM 'C' AND c.collcollate IS DISTINCT
    FROM 'POSIX'
  AND (w.provider = 'c' OR coalesce(s.j ->> 'colllocale', s.j ->> 'colliculocale', c.collcollate::text) = w.locale)
ORDER BY c.collcollate = w.locale DESC
LIMIT 1
