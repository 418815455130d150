-- More tasks of small tables, to be done together with one that was taken; each such table has one task. ?: that one's id,
-- how many at most, and what share of all that is left.
SELECT t.id, t.kind, t.table_id, b.schema, b.name, b.oid::bigint AS oid, b.filenode::bigint AS filenode, b.columns,
       b.is_binary, b.padded, b.single, b.small, b.left_out, b.key_column, b.root, t.first_value::text AS first_value, t.end_value::text AS end_value, t.bytes,
       ARRAY(SELECT a.sql FROM ${after_data} a WHERE a.id = ANY (t.entries) AND NOT a.done ORDER BY a.id) AS statements
FROM ${copy_task} t
JOIN ${copy_table} b ON b.id = t.table_id
WHERE NOT t.done AND b.small AND t.id <> ?
ORDER BY t.bytes DESC, t.id
LIMIT least(?, (SELECT pg_catalog.count(*) FROM ${copy_task} WHERE NOT done) / ?)
FOR UPDATE OF t SKIP LOCKED
