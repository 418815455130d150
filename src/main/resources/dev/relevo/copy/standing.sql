-- How far the copy is, from the queue on the new server. One row. bytes: sizes on the old server. rows_total: what is counted
-- of tables that are there, and what the old server's statistics say of the others; -1 when they say nothing of one.
-- seconds: how long the workers of this moment have been at it, 30 at most, null when there are none; recent: bytes that were
-- loaded in this time by tasks that are done, a task's bytes spread evenly over its time.
WITH work AS (
    SELECT pg_catalog.count(*) AS workers,
           greatest(pg_catalog.min(a.backend_start), pg_catalog.clock_timestamp() - interval '30 seconds') AS since,
           pg_catalog.clock_timestamp() AS now
    FROM pg_catalog.pg_stat_activity a
    WHERE a.datname = pg_catalog.current_database() AND a.application_name LIKE 'relevo copy worker%'
), loaded AS (
    SELECT t.table_id, pg_catalog.sum(t.rows) AS rows
    FROM ${copy_task} t WHERE t.kind = 'chunk' AND t.done GROUP BY t.table_id
), tables AS (
    SELECT pg_catalog.count(*) AS tables,
           pg_catalog.count(*) FILTER (WHERE b.chunks = 0) AS tables_done,
           coalesce(pg_catalog.sum(l.rows), 0)::bigint AS rows_done,
           CASE WHEN pg_catalog.bool_or(b.chunks > 0 AND b.estimate <= 0) THEN -1
                ELSE coalesce(pg_catalog.sum(CASE WHEN b.chunks = 0 THEN coalesce(l.rows, 0)
                                                  ELSE greatest(b.estimate, l.rows) END), 0)::bigint END AS rows_total
    FROM ${copy_table} b LEFT JOIN loaded l ON l.table_id = b.id
    WHERE NOT b.left_out
), tasks AS (
    SELECT coalesce(pg_catalog.sum(t.bytes) FILTER (WHERE t.kind = 'chunk'), 0)::bigint AS bytes,
           coalesce(pg_catalog.sum(t.bytes) FILTER (WHERE t.kind = 'chunk' AND t.done), 0)::bigint AS bytes_done,
           coalesce(pg_catalog.sum(pg_catalog.cardinality(t.entries)), 0) AS indexes,
           coalesce(pg_catalog.sum(pg_catalog.cardinality(t.entries)) FILTER (WHERE t.done), 0) AS indexes_done,
           coalesce(pg_catalog.sum(t.bytes * extract(epoch FROM t.ended - greatest(t.begun, w.since))::float8
                        / greatest(extract(epoch FROM t.ended - t.begun)::float8, 0.001))
                    FILTER (WHERE t.kind = 'chunk' AND t.ended > w.since), 0)::float8 AS recent
    FROM ${copy_task} t CROSS JOIN work w
)
SELECT k.bytes, k.bytes_done, k.indexes, k.indexes_done, k.recent, b.tables, b.tables_done, b.rows_done, b.rows_total, w.workers,
       extract(epoch FROM w.now - w.since)::float8 AS seconds
FROM tasks k CROSS JOIN tables b CROSS JOIN work w
