-- Keeps the group of each table; what was kept before wins. ?: names, numbers.
INSERT INTO relevo.saved (key, value)
SELECT 'group ' || g.name, pg_catalog.to_jsonb(g.number)
FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::int[])) AS g (name, number)
ON CONFLICT (key) DO NOTHING
