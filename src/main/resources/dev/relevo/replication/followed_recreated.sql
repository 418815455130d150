-- Tables that go by the name of one that was copied, and are another.
SELECT pg_catalog.substr(s.key, 10) AS name
FROM relevo.saved s
WHERE pg_catalog.starts_with(s.key, 'followed ')
  AND pg_catalog.to_regclass(pg_catalog.substr(s.key, 10)) IS NOT NULL
  AND pg_catalog.to_regclass(pg_catalog.substr(s.key, 10))::oid::text <> s.value #>> '{}'
ORDER BY 1
