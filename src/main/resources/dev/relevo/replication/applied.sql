-- The end of the last transaction that a subscription applied, as a position of the publisher's log. ?: the subscription.
SELECT o.remote_lsn::text AS applied
FROM pg_catalog.pg_subscription s
JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
JOIN pg_catalog.pg_replication_origin_status o ON o.external_id = 'pg_' || s.oid
WHERE d.datname = pg_catalog.current_database() AND s.subname = ? AND o.remote_lsn IS NOT NULL
