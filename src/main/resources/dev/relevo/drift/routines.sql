-- Functions, procedures, aggregates, operators, operator classes and families.
WITH ours AS (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
), routine AS (
    SELECT p.*, p.oid AS id, CASE WHEN to_jsonb(p) ->> 'prokind' = 'a' OR to_jsonb(p) ->> 'proisagg' = 'true'
        THEN 'aggregate'
                     WHEN to_jsonb(p) ->> 'prokind' = 'p' THEN 'procedure' ELSE 'function' END AS kind,
           format('%I.%I(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes)) AS name
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
      AND p.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_proc'::regclass)
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::regclass
                      AND d.objid = p.oid AND d.deptype = 'i')
)
SELECT r.kind, r.name, jsonb_build_object('definition', f.text) AS def, f.text AS made,
       format('DROP %s %s', upper(r.kind), r.name) AS gone, jsonb_build_object('definition', f.text) AS sets,
           NULL::text AS rows
FROM routine r CROSS JOIN LATERAL (SELECT pg_get_functiondef(r.id) AS text) f
WHERE r.kind <> 'aggregate'
UNION ALL
SELECT r.kind, r.name,
       (to_jsonb(a) - ARRAY['aggfnoid', 'aggtranstype', 'aggmtranstype', 'aggsortop'])
           || jsonb_build_object('aggtranstype', format_type(a.aggtranstype, NULL), 'aggmtranstype',
               format_type(a.aggmtranstype, NULL),
                  'aggsortop', a.aggsortop::regoperator, 'result', format_type(r.prorettype, NULL), 'strict',
                      r.proisstrict,
                  'arguments', pg_get_function_arguments(r.id), 'parallel', r.proparallel),
       NULL, format('DROP AGGREGATE %s', r.name), '{}', NULL
FROM routine r JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = r.id
WHERE r.kind = 'aggregate'
UNION ALL
SELECT 'operator', x.name, x.def,
       'CREATE OPERATOR ' || x.short || ' (PROCEDURE = ' || (o.oprcode::regproc)
           || CASE WHEN o.oprleft <> 0 THEN ', LEFTARG = ' || format_type(o.oprleft, NULL) ELSE '' END
           || CASE WHEN o.oprright <> 0 THEN ', RIGHTARG = ' || format_type(o.oprright, NULL) ELSE '' END
           || CASE WHEN o.oprrest <> 0 THEN ', RESTRICT = ' || o.oprrest::regproc ELSE '' END
           || CASE WHEN o.oprjoin <> 0 THEN ', JOIN = ' || o.oprjoin::regproc ELSE '' END
           || CASE WHEN o.oprcanhash THEN ', HASHES' ELSE '' END || CASE WHEN o.oprcanmerge THEN ', MERGES' ELSE '' END
               || ')',
       'DROP OPERATOR ' || x.name, '{}', NULL
FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
CROSS JOIN LATERAL (
    SELECT quote_ident(n.nspname) || '.' || o.oprname AS short,
           format('%I.%s (%s, %s)', n.nspname, o.oprname,
                  CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END,
                  CASE WHEN o.oprright = 0 THEN 'NONE' ELSE format_type(o.oprright, NULL) END) AS name,
           jsonb_build_object('result', format_type(o.oprresult, NULL), 'function', o.oprcode::regprocedure,
               'commutator', o.oprcom::regoperator, 'negator', o.oprnegate::regoperator, 'restrict', o.oprrest::regproc,
               'join', o.oprjoin::regproc, 'hashes', o.oprcanhash, 'merges', o.oprcanmerge) AS def) x
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo') AND o.oprcode <> 0
  AND o.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_operator'::regclass)
UNION ALL
SELECT 'operator class', format('%I.%I using %I', n.nspname, c.opcname, a.amname),
       jsonb_build_object('type', format_type(c.opcintype, NULL), 'key', format_type(c.opckeytype, NULL), 'default',
           c.opcdefault,
           'family', format('%I.%I', fn.nspname, f.opfname)),
       NULL, format('DROP OPERATOR CLASS %I.%I USING %I', n.nspname, c.opcname, a.amname), '{}', NULL
FROM pg_catalog.pg_opclass c JOIN pg_catalog.pg_namespace n ON n.oid = c.opcnamespace
JOIN pg_catalog.pg_am a ON a.oid = c.opcmethod
JOIN pg_catalog.pg_opfamily f ON f.oid = c.opcfamily JOIN pg_catalog.pg_namespace fn ON fn.oid = f.opfnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
  AND c.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_opclass'::regclass)
UNION ALL
SELECT 'operator family', format('%I.%I using %I', n.nspname, f.opfname, a.amname),
       jsonb_build_object(
           'operators', (SELECT jsonb_agg(concat_ws(' ', o.amopstrategy, o.amoppurpose, o.amopopr::regoperator) ORDER BY
                             o.amopstrategy, o.amopopr::regoperator::text) FROM pg_catalog.pg_amop o
                                 WHERE o.amopfamily = f.oid),
           'functions', (SELECT jsonb_agg(concat_ws(' ', p.amprocnum, format_type(p.amproclefttype, NULL),
                             format_type(p.amprocrighttype, NULL), p.amproc::regprocedure) ORDER BY p.amprocnum,
                             format_type(p.amproclefttype, NULL), format_type(p.amprocrighttype, NULL))
                         FROM pg_catalog.pg_amproc p WHERE p.amprocfamily = f.oid)),
       NULL, format('DROP OPERATOR FAMILY %I.%I USING %I', n.nspname, f.opfname, a.amname), '{}', NULL
FROM pg_catalog.pg_opfamily f JOIN pg_catalog.pg_namespace n ON n.oid = f.opfnamespace JOIN pg_catalog.pg_am a
    ON a.oid = f.opfmethod
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
  AND f.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_catalog.pg_opfamily'::regclass)
