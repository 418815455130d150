-- The biggest task nobody is at, first of those that following waits for: indexes when the table's data are in, and behind what
-- needs the table for itself; of a tree that is loaded through its root, when all of its data are in. ?: tables whose indexes are passed over.
SELECT t.id, t.kind, t.table_id, b.schema, b.name, b.oid::bigint AS oid, b.filenode::bigint AS filenode, b.columns,
       b.is_binary, b.padded, b.single, b.small, b.left_out, b.key_column, b.root, t.first_value::text AS first_value, t.end_value::text AS end_value, t.bytes,
       ARRAY(SELECT a.sql FROM ${after_data} a WHERE a.id = ANY (t.entries) AND NOT a.done ORDER BY a.id) AS statements
FROM ${copy_task} t
JOIN ${copy_table} b ON b.id = t.table_id
WHERE NOT t.done AND (t.kind = 'chunk' OR (b.chunks = 0 AND (t.kind = 'key' OR NOT b.keys)))
  AND (t.kind = 'chunk' OR b.root = '' OR NOT EXISTS (SELECT FROM ${copy_table} o WHERE o.root = b.root AND o.chunks > 0))
  AND NOT (t.kind = 'index' AND t.table_id = ANY (?::int[]))
ORDER BY t.awaited DESC, t.bytes DESC, t.id
LIMIT 1
FOR UPDATE OF t SKIP LOCKED
