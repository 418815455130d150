-- Enum, domain, composite, range and base types; collations and conversions.
WITH ours AS (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
), typ AS (
    SELECT t.*, t.oid AS id, format('%I.%I', n.nspname, t.typname) AS name, n.nspname
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
      AND t.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_type'::regclass)
)
SELECT 'enum type' AS kind, t.name, jsonb_build_object('labels', l.labels) AS def,
       format('CREATE TYPE %s AS ENUM (%s)', t.name, l.list) AS made, format('DROP TYPE %s', t.name) AS gone,
       '{}'::jsonb AS sets, NULL::text AS rows
FROM typ t
CROSS JOIN LATERAL (
    SELECT coalesce(string_agg('''' || replace(e.enumlabel, '''', '''''') || '''', ', ' ORDER BY e.enumsortorder),
        '') AS labels,
           coalesce(string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder), '') AS list
    FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.id) l
WHERE t.typtype = 'e'
UNION ALL
SELECT 'domain', t.name,
       jsonb_build_object('type', format_type(t.typbasetype, t.typtypmod), 'not null', t.typnotnull, 'default',
           t.typdefault,
           'collation', CASE WHEN t.typcollation <> b.typcollation THEN (SELECT format('%I.%I', m.nspname, o.collname)
               FROM pg_catalog.pg_collation o JOIN pg_catalog.pg_namespace m ON m.oid = o.collnamespace
               WHERE o.oid = t.typcollation) END),
       format('CREATE DOMAIN %s AS %s', t.name, format_type(t.typbasetype, t.typtypmod))
           || CASE WHEN t.typcollation <> b.typcollation THEN ' COLLATE ' || (SELECT format('%I.%I', m.nspname,
               o.collname) FROM pg_catalog.pg_collation o JOIN pg_catalog.pg_namespace m ON m.oid = o.collnamespace
               WHERE o.oid = t.typcollation) ELSE '' END,
       format('DROP DOMAIN %s', t.name),
       jsonb_build_object(
           'not null', format('ALTER DOMAIN %s %s NOT NULL', t.name, CASE WHEN t.typnotnull THEN 'SET' ELSE 'DROP' END),
           'default', format('ALTER DOMAIN %s %s', t.name, coalesce('SET DEFAULT ' || pg_get_expr(t.typdefaultbin, 0),
               'DROP DEFAULT'))), NULL
FROM typ t JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
WHERE t.typtype = 'd'
UNION ALL
SELECT 'composite type', t.name, '{}', format('CREATE TYPE %s AS ()', t.name), format('DROP TYPE %s', t.name), '{}',
    NULL
FROM typ t JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
WHERE t.typtype = 'c' AND c.relkind = 'c'
UNION ALL
SELECT 'range type', t.name,
       jsonb_build_object('subtype', format_type(r.rngsubtype, NULL), 'canonical', r.rngcanonical::regproc,
           'diff', r.rngsubdiff::regproc, 'opclass', (SELECT format('%I.%I', n.nspname, o.opcname)
               FROM pg_catalog.pg_opclass o
                JOIN pg_catalog.pg_namespace n ON n.oid = o.opcnamespace WHERE o.oid = r.rngsubopc),
           'multirange', format_type((to_jsonb(r) ->> 'rngmultitypid')::oid, NULL)),
       NULL, format('DROP TYPE %s', t.name), '{}', NULL
FROM typ t JOIN pg_catalog.pg_range r ON r.rngtypid = t.id
WHERE t.typtype = 'r'
UNION ALL
SELECT 'base type', t.name,
       jsonb_build_object('input', t.typinput::regprocedure, 'output', t.typoutput::regprocedure, 'length', t.typlen,
           'receive', t.typreceive::regprocedure, 'send', t.typsend::regprocedure, 'align', t.typalign, 'storage',
               t.typstorage,
           'by value', t.typbyval, 'category', t.typcategory, 'delimiter', t.typdelim, 'default', t.typdefault,
           'defined', t.typisdefined),
       NULL, format('DROP TYPE %s', t.name), '{}', NULL
FROM typ t
WHERE t.typtype IN ('b', 'p') AND NOT (t.typelem <> 0 AND t.typlen = -1)
UNION ALL
SELECT 'collation', format('%I.%I', n.nspname, c.collname),
       to_jsonb(c) - ARRAY['oid', 'collname', 'collnamespace', 'collowner', 'collversion'], NULL,
       format('DROP COLLATION %I.%I', n.nspname, c.collname), '{}', NULL
FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
  AND c.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_collation'::regclass)
UNION ALL
SELECT 'conversion', format('%I.%I', n.nspname, c.conname),
       jsonb_build_object('from', pg_encoding_to_char(c.conforencoding), 'to', pg_encoding_to_char(c.contoencoding),
           'function', c.conproc::regproc, 'default', c.condefault), NULL,
       format('DROP CONVERSION %I.%I', n.nspname, c.conname), '{}', NULL
FROM pg_catalog.pg_conversion c JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
  AND c.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_conversion'::regclass)
