-- Makes tasks of what stands in ${after_data} for the tables of this copy: all keys of a table in one, each index for
-- itself; of a small table all in one. ?: the highest task id so far.
-- Following waits for keys: pg_dump makes an index the replica identity in the same entry, so such an index is one of them. It
-- waits for indexes of tables that are left out, which are empty; and of tables whose rows are sent whole, where an apply
-- worker from 16 on takes the first index that is any use, and without one reads the table for each row.
WITH whole AS (
    SELECT b.id
    FROM ${copy_table} b
    JOIN pg_catalog.pg_namespace n ON n.nspname = b.schema
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = b.name
    LEFT JOIN ${after_data} a ON a.schema = b.schema AND a.name = b.name AND a.kind = 'key'
    WHERE c.relreplident = 'f' AND pg_catalog.current_setting('server_version_num')::int >= 160000
    GROUP BY b.id
    HAVING pg_catalog.count(a.id) = 0
)
INSERT INTO ${copy_task} (id, kind, table_id, entries, bytes, awaited)
SELECT ?::int + pg_catalog.row_number() OVER (ORDER BY pg_catalog.min(a.id)), k.kind, b.id,
       pg_catalog.array_agg(a.id ORDER BY a.id), b.bytes, k.kind = 'key' OR b.left_out OR w.id IS NOT NULL
FROM ${after_data} a
JOIN ${copy_table} b ON b.schema = a.schema AND b.name = a.name
LEFT JOIN whole w ON w.id = b.id
CROSS JOIN LATERAL (SELECT CASE WHEN b.small THEN 'key' ELSE a.kind END AS kind) k
WHERE NOT a.done AND a.kind IN ('key', 'index') AND NOT (b.small AND b.chunks > 0)
GROUP BY k.kind, b.id, b.bytes, b.left_out, w.id, CASE k.kind WHEN 'index' THEN a.id END
