-- What workers have loaded of the chunks they are at, never more than such a chunk has: what goes over the network may be
-- bigger than what is stored. recent: the part of it that falls into the last ? seconds.
SELECT coalesce(pg_catalog.sum(c.bytes), 0)::bigint AS bytes,
       coalesce(pg_catalog.sum(c.rows), 0)::bigint AS rows,
       coalesce(pg_catalog.sum(c.bytes * least(1, ?::float8 / greatest(c.seconds, 0.001))), 0)::float8 AS recent
FROM (SELECT least(p.bytes_processed, (SELECT pg_catalog.max(t.bytes)
                                       FROM ${copy_task} t
                                       JOIN ${copy_table} b ON b.id = t.table_id
                                       JOIN pg_catalog.pg_namespace n ON n.nspname = b.schema
                                       JOIN pg_catalog.pg_class r ON r.relnamespace = n.oid AND r.relname = b.name
                                       WHERE t.kind = 'chunk' AND r.oid = p.relid)) AS bytes,
             p.tuples_processed AS rows,
             extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::float8 AS seconds
      FROM pg_catalog.pg_stat_progress_copy p
      JOIN pg_catalog.pg_stat_activity a ON a.pid = p.pid
      WHERE a.datname = pg_catalog.current_database() AND a.application_name LIKE 'relevo copy worker%'
        AND p.command = 'COPY FROM') c
