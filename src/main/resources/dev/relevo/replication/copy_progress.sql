-- The initial copy of one subscription: ? (its name). Run in the subscriber's database.
SELECT pg_catalog.count(*) AS total,
       pg_catalog.count(*) FILTER (WHERE r.srsubstate = 'r') AS ready,
       coalesce(pg_catalog.sum(pg_catalog.pg_table_size(r.srrelid)), 0)::bigint AS bytes,
       pg_catalog.string_agg(r.srrelid::regclass::text, ', ' ORDER BY r.srrelid)
           FILTER (WHERE r.srsubstate NOT IN ('r', 'i')) AS under_way
FROM pg_catalog.pg_subscription_rel r
JOIN pg_catalog.pg_subscription s ON s.oid = r.srsubid
WHERE s.subname = ?
