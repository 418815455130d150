-- Tables that go by the name of one that was copied, and are another. ?: names as SQL, and the OIDs they had.
SELECT f.name
FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[])) AS f (name, oid)
WHERE pg_catalog.to_regclass(f.name)::oid::text <> f.oid
ORDER BY 1
