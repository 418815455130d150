-- Who receives the server's log, and whether a commit may wait for him. ours: by the role that only subscriptions of
-- Relevo's use, whatever name they go by.
SELECT r.application_name AS name, r.sync_priority > 0 AS chosen, r.state IN ('streaming', 'stopping') AS streaming,
       coalesce(r.usename, '') ~ '^relevo_[0-9a-f]{8}_reads_(old|new)(_[0-9]+)?$' AS ours
FROM pg_catalog.pg_stat_replication r
ORDER BY r.application_name
