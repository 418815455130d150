-- What backends of ours wait for, and who is in their way. ?: their pids. No query's text: it may hold a secret.
SELECT a.pid,
       coalesce(a.state LIKE 'idle%', false) AS answered,
       coalesce(a.wait_event_type, '') AS type,
       coalesce(a.wait_event, '') AS event,
       CASE WHEN a.wait_event = 'SyncRep' THEN pg_catalog.current_setting('synchronous_standby_names') END AS standbys,
       (SELECT pg_catalog.string_agg(
                   CASE WHEN b.pid IS NULL THEN 'a prepared transaction (see pg_prepared_xacts)'
                        ELSE pg_catalog.format('pid %s (%s%s, %s for %s s)', b.pid,
                             coalesce(nullif(b.application_name, ''), b.backend_type), ' by ' || b.usename::text,
                             coalesce(b.state, 'at work'),
                             pg_catalog.round(EXTRACT(epoch FROM pg_catalog.clock_timestamp()
                                 - coalesce(b.xact_start, b.state_change, b.backend_start))::numeric)) END, ', ')
        FROM (SELECT DISTINCT p AS pid FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids(a.pid)) p) o
        LEFT JOIN pg_catalog.pg_stat_activity b ON b.pid = o.pid
        WHERE a.wait_event_type = 'Lock') AS blockers
FROM pg_catalog.pg_stat_activity a
WHERE a.pid = ANY (?)
