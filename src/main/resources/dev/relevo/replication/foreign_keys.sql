-- Which table refers to which one. Of partitioned tables each partition stands here by itself, on either end (from 12 on).
SELECT c.conrelid::bigint AS referrer, c.confrelid::bigint AS referred
FROM pg_catalog.pg_constraint c
WHERE c.contype = 'f' AND c.conrelid <> c.confrelid
