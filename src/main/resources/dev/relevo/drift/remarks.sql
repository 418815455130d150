-- Text search objects, comments and security labels.
WITH ours AS (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
), remark AS (
    SELECT d.classoid, d.objoid, d.objsubid, d.description, i.type, i.identity,
           CASE WHEN i.type IN ('table column', 'view column', 'foreign table column', 'composite type column',
               'materialized view column')
                    THEN 'COLUMN ' || i.identity
                WHEN i.type = 'table constraint' THEN 'CONSTRAINT ' || i.identity
                WHEN i.type = 'domain constraint' THEN regexp_replace('CONSTRAINT ' || i.identity, ' on ',
                    ' ON DOMAIN ')
                WHEN i.type = 'composite type' THEN 'TYPE ' || i.identity
                WHEN i.type = 'statistics object' THEN 'STATISTICS ' || i.identity
                WHEN i.type = 'default value' THEN NULL
                ELSE upper(i.type) || ' ' || i.identity END AS target
    FROM pg_catalog.pg_description d
    CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) i
    WHERE (d.objoid >= 16384 OR d.objoid = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = 'public'))
      AND NOT EXISTS (SELECT FROM ours o WHERE o.classid = d.classoid AND o.objid = d.objoid)
      AND d.classoid <> 'pg_catalog.pg_largeobject'::regclass
      AND i.schema IS DISTINCT FROM 'relevo' AND i.identity IS DISTINCT FROM 'relevo' AND i.identity !~ '^"?pg_temp'
)
SELECT 'comment' AS kind, 'on ' || r.type || ' ' || r.identity AS name, jsonb_build_object('text',
    r.description) AS def,
       format('COMMENT ON %s IS %L', r.target, r.description) AS made, format('COMMENT ON %s IS NULL',
           r.target) AS gone,
       jsonb_build_object('text', format('COMMENT ON %s IS %L', r.target, r.description)) AS sets, NULL::text AS rows
FROM remark r
UNION ALL
SELECT 'security label', concat_ws(' ', l.provider, 'on', l.objtype, l.objname), jsonb_build_object('label', l.label),
       format('SECURITY LABEL FOR %I ON %s %s IS %L', l.provider, upper(l.objtype), l.objname, l.label),
       format('SECURITY LABEL FOR %I ON %s %s IS NULL', l.provider, upper(l.objtype), l.objname),
       jsonb_build_object('label', format('SECURITY LABEL FOR %I ON %s %s IS %L', l.provider, upper(l.objtype),
           l.objname, l.label)), NULL
FROM pg_catalog.pg_seclabels l
WHERE l.objtype NOT IN ('database', 'role', 'tablespace', 'large object')
UNION ALL
SELECT 'text search configuration', format('%I.%I', n.nspname, c.cfgname),
       jsonb_build_object('parser', format('%I.%I', pn.nspname, p.prsname),
           'mapping', (SELECT jsonb_agg(concat_ws(' ', m.maptokentype, m.mapseqno, m.mapdict::regdictionary)
                                        ORDER BY m.maptokentype, m.mapseqno)
                       FROM pg_catalog.pg_ts_config_map m WHERE m.mapcfg = c.oid)),
       NULL, format('DROP TEXT SEARCH CONFIGURATION %I.%I', n.nspname, c.cfgname), '{}', NULL
FROM pg_catalog.pg_ts_config c JOIN pg_catalog.pg_namespace n ON n.oid = c.cfgnamespace
JOIN pg_catalog.pg_ts_parser p ON p.oid = c.cfgparser JOIN pg_catalog.pg_namespace pn ON pn.oid = p.prsnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
  AND c.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_ts_config'::regclass)
UNION ALL
SELECT 'text search dictionary', format('%I.%I', n.nspname, d.dictname),
       jsonb_build_object('template', format('%I.%I', tn.nspname, t.tmplname), 'options', d.dictinitoption),
       format('CREATE TEXT SEARCH DICTIONARY %I.%I (TEMPLATE = %I.%I%s)', n.nspname, d.dictname, tn.nspname, t.tmplname,
              coalesce(', ' || d.dictinitoption, '')),
       format('DROP TEXT SEARCH DICTIONARY %I.%I', n.nspname, d.dictname),
       jsonb_build_object('options', format('ALTER TEXT SEARCH DICTIONARY %I.%I (%s)', n.nspname, d.dictname,
           d.dictinitoption)), NULL
FROM pg_catalog.pg_ts_dict d JOIN pg_catalog.pg_namespace n ON n.oid = d.dictnamespace
JOIN pg_catalog.pg_ts_template t ON t.oid = d.dicttemplate JOIN pg_catalog.pg_namespace tn ON tn.oid = t.tmplnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
  AND d.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_ts_dict'::regclass)
UNION ALL
SELECT 'text search parser', format('%I.%I', n.nspname, p.prsname),
       jsonb_build_object('start', p.prsstart, 'token', p.prstoken, 'end', p.prsend, 'headline', p.prsheadline,
           'types', p.prslextype),
       NULL, format('DROP TEXT SEARCH PARSER %I.%I', n.nspname, p.prsname), '{}', NULL
FROM pg_catalog.pg_ts_parser p JOIN pg_catalog.pg_namespace n ON n.oid = p.prsnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
  AND p.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_ts_parser'::regclass)
UNION ALL
SELECT 'text search template', format('%I.%I', n.nspname, t.tmplname),
       jsonb_build_object('init', t.tmplinit, 'lexize', t.tmpllexize), NULL,
       format('DROP TEXT SEARCH TEMPLATE %I.%I', n.nspname, t.tmplname), '{}', NULL
FROM pg_catalog.pg_ts_template t JOIN pg_catalog.pg_namespace n ON n.oid = t.tmplnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
  AND t.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_ts_template'::regclass)
