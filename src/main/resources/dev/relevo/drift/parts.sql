-- Constraints, indexes, triggers, rules, policies and extended statistics: what belongs to a table or a domain.
WITH ours AS (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
), rel AS (
    SELECT c.oid, c.relname, c.relkind, c.relnamespace, format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo') AND c.relpersistence <> 't'
      AND c.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_class'::regclass)
), constrained AS (
    SELECT c.*, c.oid AS id, r.name AS relation, r.relkind, format('%I on %s', c.conname, r.name) AS name,
           coalesce((to_jsonb(c) ->> 'conparentid')::oid, 0) AS parent
    FROM pg_catalog.pg_constraint c JOIN rel r ON r.oid = c.conrelid
    WHERE c.contype IN ('c', 'u', 'p', 'f', 'x')
)
SELECT 'constraint' AS kind, c.name, jsonb_build_object('definition', d.text) AS def,
       CASE WHEN c.contype <> 'f' OR c.parent = 0
            THEN format('ALTER TABLE %s%s ADD CONSTRAINT %I %s',
                        CASE WHEN c.contype IN ('u', 'p') AND c.relkind = 'p' THEN 'ONLY ' ELSE '' END, c.relation,
                            c.conname, d.text)
            END AS made,
       CASE WHEN c.coninhcount = 0 THEN format('ALTER TABLE %s DROP CONSTRAINT %I', c.relation, c.conname) END AS gone,
       '{}'::jsonb AS sets, NULL::text AS rows
FROM constrained c CROSS JOIN LATERAL (SELECT pg_get_constraintdef(c.id) AS text) d
UNION ALL
SELECT 'domain constraint', format('%I on %I.%I', c.conname, n.nspname, t.typname),
       jsonb_build_object('definition', pg_get_constraintdef(c.oid)),
       format('ALTER DOMAIN %I.%I ADD CONSTRAINT %I %s', n.nspname, t.typname, c.conname, pg_get_constraintdef(c.oid)),
       format('ALTER DOMAIN %I.%I DROP CONSTRAINT %I', n.nspname, t.typname, c.conname), '{}', NULL
FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_type t ON t.oid = c.contypid
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE c.contype = 'c' AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
  AND t.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_type'::regclass)
UNION ALL
SELECT 'index', format('%I.%I', n.nspname, i.relname),
       jsonb_build_object('definition', pg_get_indexdef(x.indexrelid), 'clustered', x.indisclustered,
           'constraint', k.conname, 'options', i.reloptions, 'parent', p.name,
           'statistics', (SELECT jsonb_object_agg(a.attnum, a.attstattarget) FROM pg_catalog.pg_attribute a
                          WHERE a.attrelid = i.oid AND a.attstattarget >= 0)),
       CASE WHEN k.conname IS NULL THEN pg_get_indexdef(x.indexrelid) END,
       CASE WHEN k.conname IS NULL AND p.name IS NULL THEN format('DROP INDEX %I.%I', n.nspname, i.relname) END,
       jsonb_strip_nulls(jsonb_build_object(
           'parent', format('ALTER INDEX %s ATTACH PARTITION %I.%I', p.name, n.nspname, i.relname),
           'clustered', CASE WHEN x.indisclustered THEN format('ALTER TABLE %s CLUSTER ON %I', r.name, i.relname)
                             ELSE format('ALTER TABLE %s SET WITHOUT CLUSTER', r.name) END)), NULL
FROM pg_catalog.pg_index x
JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace
JOIN rel r ON r.oid = x.indrelid
LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.oid AND k.contype IN ('p', 'u', 'x') AND k.conrelid = x.indrelid
LEFT JOIN LATERAL (SELECT h.inhparent::regclass::text AS name FROM pg_catalog.pg_inherits h
    WHERE h.inhrelid = i.oid LIMIT 1) p ON true
WHERE i.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_class'::regclass)
UNION ALL
SELECT 'trigger', format('%I on %s', t.tgname, r.name),
       jsonb_build_object('definition', pg_get_triggerdef(t.oid), 'enabled', t.tgenabled),
       pg_get_triggerdef(t.oid), format('DROP TRIGGER %I ON %s', t.tgname, r.name),
       jsonb_build_object('enabled', format('ALTER TABLE ONLY %s %s TRIGGER %I', r.name, CASE t.tgenabled WHEN 'O'
           THEN 'ENABLE'
           WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'DISABLE' END, t.tgname)), NULL
FROM pg_catalog.pg_trigger t JOIN rel r ON r.oid = t.tgrelid
WHERE NOT t.tgisinternal AND t.tgname <> 'relevo_fence' AND coalesce((to_jsonb(t) ->> 'tgparentid')::oid, 0) = 0
UNION ALL
SELECT 'rule', format('%I on %s', w.rulename, r.name),
       jsonb_build_object('definition', pg_get_ruledef(w.oid), 'enabled', w.ev_enabled),
       rtrim(pg_get_ruledef(w.oid), ';'), format('DROP RULE %I ON %s', w.rulename, r.name),
       jsonb_build_object('enabled', format('ALTER TABLE %s %s RULE %I', r.name, CASE w.ev_enabled WHEN 'O'
           THEN 'ENABLE'
           WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'DISABLE' END, w.rulename)), NULL
FROM pg_catalog.pg_rewrite w JOIN rel r ON r.oid = w.ev_class
WHERE w.rulename <> '_RETURN'
UNION ALL
SELECT 'policy', format('%I on %s', p.polname, r.name),
       jsonb_build_object('command', p.polcmd, 'permissive', p.polpermissive, 'roles', g.names,
           'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid)),
       format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.polname, r.name,
              CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
              CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
                  ELSE 'ALL' END,
              g.names)
           || coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
           || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', ''),
       format('DROP POLICY %I ON %s', p.polname, r.name), '{}', NULL
FROM pg_catalog.pg_policy p JOIN rel r ON r.oid = p.polrelid
CROSS JOIN LATERAL (
    SELECT string_agg(CASE WHEN u.id = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(u.id)) END, ', '
                      ORDER BY pg_get_userbyid(u.id)) AS names
    FROM unnest(p.polroles) AS u (id)) g
UNION ALL
SELECT 'statistics', format('%I.%I', n.nspname, s.stxname),
       jsonb_build_object('definition', pg_get_statisticsobjdef(s.oid), 'target',
           nullif(to_jsonb(s) ->> 'stxstattarget', '-1')),
       pg_get_statisticsobjdef(s.oid), format('DROP STATISTICS %I.%I', n.nspname, s.stxname),
       jsonb_build_object('target', format('ALTER STATISTICS %I.%I SET STATISTICS %s', n.nspname, s.stxname,
                                           coalesce(to_jsonb(s) ->> 'stxstattarget', '-1'))), NULL
FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace JOIN rel r
    ON r.oid = s.stxrelid
WHERE s.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_statistic_ext'::regclass)
