-- How far the copy is.
SELECT coalesce(pg_catalog.sum(t.bytes) FILTER (WHERE t.kind = 'chunk'), 0)::bigint AS bytes,
       coalesce(pg_catalog.sum(t.bytes) FILTER (WHERE t.kind = 'chunk' AND t.done), 0)::bigint AS bytes_done,
       pg_catalog.count(*) FILTER (WHERE t.kind = 'chunk' AND NOT t.done) AS chunks_left,
       coalesce(pg_catalog.sum(pg_catalog.cardinality(t.entries)), 0) AS indexes,
       coalesce(pg_catalog.sum(pg_catalog.cardinality(t.entries)) FILTER (WHERE t.done), 0) AS indexes_done,
       (SELECT pg_catalog.count(*) FROM ${copy_table}) AS tables,
       (SELECT pg_catalog.count(*) FROM ${copy_table} b WHERE b.chunks = 0) AS tables_done
FROM ${copy_task} t
