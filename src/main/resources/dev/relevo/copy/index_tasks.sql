-- Makes tasks of what stands in relevo.after_data for the tables of this copy: all keys of a table in one, each index for
-- itself; of a small table all in one. ?: the highest task id so far.
INSERT INTO relevo.copy_task (id, kind, table_id, entries, bytes)
SELECT ?::int + pg_catalog.row_number() OVER (ORDER BY pg_catalog.min(a.id)), k.kind, b.id,
       pg_catalog.array_agg(a.id ORDER BY a.id), b.bytes
FROM relevo.after_data a
JOIN relevo.copy_table b ON b.schema = a.schema AND b.name = a.name
CROSS JOIN LATERAL (SELECT CASE WHEN b.small THEN 'key' ELSE a.kind END AS kind) k
WHERE NOT a.done AND a.kind IN ('key', 'index') AND NOT (b.small AND b.chunks > 0)
GROUP BY k.kind, b.id, b.bytes, CASE k.kind WHEN 'index' THEN a.id END
