-- What logical replication does not carry, or what may disturb it: a kind and a name each.
SELECT 'large object' AS kind, count(*)::text AS name
FROM pg_catalog.pg_largeobject_metadata HAVING count(*) > 0
UNION ALL
SELECT 'foreign table', n.nspname || '.' || c.relname
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'f'
UNION ALL
SELECT 'prepared transaction',
       '''' || p.gid || ''' of ' || p.owner || ' since ' || to_char(p.prepared, 'YYYY-MM-DD HH24:MI:SS')
FROM pg_catalog.pg_prepared_xacts p WHERE p.database = pg_catalog.current_database()
UNION ALL
SELECT 'event trigger', t.evtname FROM pg_catalog.pg_event_trigger t
WHERE t.evtenabled <> 'D'
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e
                  WHERE e.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND e.objid = t.oid
                    AND e.deptype = 'e')
UNION ALL
SELECT 'replica trigger', t.tgname || ' on ' || n.nspname || '.' || c.relname
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE t.tgenabled IN ('A', 'R') AND NOT t.tgisinternal AND n.nspname <> 'relevo' AND t.tgname <> 'relevo_fence'
UNION ALL
SELECT 'subscription', s.subname FROM pg_catalog.pg_subscription s
WHERE s.subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
UNION ALL
SELECT 'publication', p.pubname FROM pg_catalog.pg_publication p
ORDER BY 1, 2
