-- A small table is done in one go: its keys and indexes go with its only chunk.
UPDATE ${copy_task} t SET entries = e.entries
FROM (SELECT b.id, pg_catalog.array_agg(a.id ORDER BY a.id) AS entries
      FROM ${after_data} a
      JOIN ${copy_table} b ON b.schema = a.schema AND b.name = a.name
      WHERE NOT a.done AND a.kind IN ('key', 'index') AND b.small AND b.chunks > 0
      GROUP BY b.id) e
WHERE t.table_id = e.id
