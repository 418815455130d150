-- Settings and event triggers that make a new session look names up while it connects: it would wait at the gate
-- before it can be told anything.
SELECT pg_catalog.format('%s%s', c, CASE WHEN s.setrole = 0 THEN '' ELSE ' of role ' || s.setrole::regrole END) AS what
FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) c
WHERE s.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))
  AND c LIKE 'default\_text\_search\_config=%'
UNION ALL
SELECT pg_catalog.format('event trigger %s on login', e.evtname)
FROM pg_catalog.pg_event_trigger e WHERE e.evtevent = 'login' AND e.evtenabled <> 'D'
