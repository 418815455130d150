-- Schemas, extensions, languages, foreign-data wrappers, servers, user mappings, casts, transforms, event triggers.
-- Options of servers and mappings may hold passwords: only their hash is told.
WITH ours AS (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
)
SELECT 'schema' AS kind, quote_ident(n.nspname) AS name, '{}'::jsonb AS def,
       format('CREATE SCHEMA %I', n.nspname) AS made, format('DROP SCHEMA %I', n.nspname) AS gone, '{}'::jsonb AS sets,
       NULL::text AS rows
FROM pg_catalog.pg_namespace n
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
  AND n.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_namespace'::regclass)
UNION ALL
SELECT 'extension', quote_ident(e.extname), jsonb_build_object('schema', n.nspname),
       format('CREATE EXTENSION %I WITH SCHEMA %I', e.extname, n.nspname), format('DROP EXTENSION %I', e.extname),
       jsonb_build_object('schema', format('ALTER EXTENSION %I SET SCHEMA %I', e.extname, n.nspname)), NULL
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
UNION ALL
SELECT 'language', quote_ident(l.lanname),
       jsonb_build_object('trusted', l.lanpltrusted, 'handler', l.lanplcallfoid::regprocedure,
                          'inline', l.laninline::regprocedure, 'validator', l.lanvalidator::regprocedure),
       NULL, format('DROP LANGUAGE %I', l.lanname), '{}', NULL
FROM pg_catalog.pg_language l
WHERE l.oid >= 16384 AND l.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_language'::regclass)
UNION ALL
SELECT 'foreign-data wrapper', quote_ident(w.fdwname),
       jsonb_build_object('handler', w.fdwhandler::regproc, 'validator', w.fdwvalidator::regproc, 'secret options',
           md5(w.fdwoptions::text)),
       NULL, format('DROP FOREIGN DATA WRAPPER %I', w.fdwname), '{}', NULL
FROM pg_catalog.pg_foreign_data_wrapper w
WHERE w.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_foreign_data_wrapper'::regclass)
UNION ALL
SELECT 'server', quote_ident(s.srvname),
       jsonb_build_object('wrapper', w.fdwname, 'type', s.srvtype, 'version', s.srvversion, 'secret options',
           md5(s.srvoptions::text)),
       NULL, format('DROP SERVER %I', s.srvname), '{}', NULL
FROM pg_catalog.pg_foreign_server s JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw
WHERE s.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_foreign_server'::regclass)
UNION ALL
SELECT 'user mapping', format('for %s on server %I', coalesce(quote_ident(r.rolname), 'public'), s.srvname),
       jsonb_build_object('secret options', md5(m.umoptions::text)), NULL,
       format('DROP USER MAPPING FOR %s SERVER %I', coalesce(quote_ident(r.rolname), 'public'), s.srvname), '{}', NULL
FROM pg_catalog.pg_user_mapping m JOIN pg_catalog.pg_foreign_server s ON s.oid = m.umserver
LEFT JOIN pg_catalog.pg_roles r ON r.oid = m.umuser
UNION ALL
SELECT 'cast', format('(%s AS %s)', format_type(c.castsource, NULL), format_type(c.casttarget, NULL)),
       jsonb_build_object('function', c.castfunc::regprocedure, 'context', c.castcontext, 'method', c.castmethod),
       format('CREATE CAST (%s AS %s)', format_type(c.castsource, NULL), format_type(c.casttarget, NULL))
           || CASE c.castmethod WHEN 'f' THEN ' WITH FUNCTION ' || c.castfunc::regprocedure
                                WHEN 'i' THEN ' WITH INOUT' ELSE ' WITHOUT FUNCTION' END
           || CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END,
       format('DROP CAST (%s AS %s)', format_type(c.castsource, NULL), format_type(c.casttarget, NULL)), '{}', NULL
FROM pg_catalog.pg_cast c
WHERE c.oid >= 16384 AND c.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_cast'::regclass)
UNION ALL
SELECT 'transform', format('for %s language %I', format_type(t.trftype, NULL), l.lanname),
       jsonb_build_object('from', t.trffromsql::regprocedure, 'to', t.trftosql::regprocedure), NULL,
       format('DROP TRANSFORM FOR %s LANGUAGE %I', format_type(t.trftype, NULL), l.lanname), '{}', NULL
FROM pg_catalog.pg_transform t JOIN pg_catalog.pg_language l ON l.oid = t.trflang
WHERE t.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_transform'::regclass)
UNION ALL
SELECT 'access method', quote_ident(a.amname),
       jsonb_build_object('type', to_jsonb(a) ->> 'amtype', 'handler', a.amhandler::regproc), NULL,
       format('DROP ACCESS METHOD %I', a.amname), '{}', NULL
FROM pg_catalog.pg_am a
WHERE a.oid >= 16384 AND a.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_am'::regclass)
UNION ALL
SELECT 'event trigger', quote_ident(t.evtname),
       jsonb_build_object('event', t.evtevent, 'function', t.evtfoid::regprocedure, 'tags', t.evttags, 'enabled',
           t.evtenabled),
       format('CREATE EVENT TRIGGER %I ON %s', t.evtname, t.evtevent)
           || coalesce(' WHEN TAG IN (' || (SELECT string_agg(quote_literal(tag), ', ') FROM unnest(t.evttags) tag)
               || ')', '')
           || ' EXECUTE PROCEDURE ' || t.evtfoid::regprocedure,
       format('DROP EVENT TRIGGER %I', t.evtname),
       jsonb_build_object('enabled', CASE WHEN t.evtenabled IN ('O', 'D') THEN format('ALTER EVENT TRIGGER %I %s',
           t.evtname,
           CASE t.evtenabled WHEN 'O' THEN 'ENABLE' WHEN 'D' THEN 'DISABLE' END) END), NULL
FROM pg_catalog.pg_event_trigger t
WHERE t.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_event_trigger'::regclass)
