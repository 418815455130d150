-- Everything in the user's schemas, and what user-made there is outside of schemas, as DROP statements; tables first,
-- since what belongs to a column cannot be dropped without it; access methods last, since an operator class of one that
-- is gone cannot be named any more. Extensions' members go with their extensions, a schema's place in a publication
-- with the schema.
SELECT 'DROP '
       || CASE i.type
              WHEN 'statistics object' THEN 'STATISTICS'
              WHEN 'composite type' THEN 'TYPE'
              WHEN 'function' THEN 'ROUTINE' WHEN 'procedure' THEN 'ROUTINE' WHEN 'aggregate' THEN 'ROUTINE'
              WHEN 'foreign-data wrapper' THEN 'FOREIGN DATA WRAPPER'
              WHEN 'server' THEN 'SERVER'
              ELSE pg_catalog.upper(i.type) END
       || ' IF EXISTS '
       -- The server's own words leave some names without quotes, and are not quite how it is dropped.
       || CASE i.type
              WHEN 'transform' THEN
                  (SELECT pg_catalog.format('FOR %s LANGUAGE %I', pg_catalog.format_type(t.trftype, NULL), l.lanname)
                   FROM pg_catalog.pg_transform t JOIN pg_catalog.pg_language l ON l.oid = t.trflang
                   WHERE t.oid = o.objid)
              WHEN 'operator family' THEN
                  (SELECT pg_catalog.format('%I.%I USING %I', n.nspname, f.opfname, m.amname)
                   FROM pg_catalog.pg_opfamily f JOIN pg_catalog.pg_namespace n ON n.oid = f.opfnamespace
                   JOIN pg_catalog.pg_am m ON m.oid = f.opfmethod WHERE f.oid = o.objid)
              WHEN 'operator class' THEN
                  (SELECT pg_catalog.format('%I.%I USING %I', n.nspname, c.opcname, m.amname)
                   FROM pg_catalog.pg_opclass c JOIN pg_catalog.pg_namespace n ON n.oid = c.opcnamespace
                   JOIN pg_catalog.pg_am m ON m.oid = c.opcmethod WHERE c.oid = o.objid)
              ELSE i.identity END
       || ' CASCADE' AS sql
FROM (
    SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_namespace n
        ON d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = n.oid
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
      AND d.classid <> 'pg_catalog.pg_default_acl'::pg_catalog.regclass
      AND d.classid <> 'pg_catalog.pg_extension'::pg_catalog.regclass
      -- 15 and newer
      AND d.classid IS DISTINCT FROM pg_catalog.to_regclass('pg_catalog.pg_publication_namespace')
    UNION
    SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, oid FROM pg_catalog.pg_event_trigger
    UNION
    SELECT 'pg_catalog.pg_cast'::pg_catalog.regclass, oid FROM pg_catalog.pg_cast
    UNION
    SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, oid FROM pg_catalog.pg_foreign_server
    UNION
    SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, oid FROM pg_catalog.pg_foreign_data_wrapper
    UNION
    SELECT 'pg_catalog.pg_transform'::pg_catalog.regclass, oid FROM pg_catalog.pg_transform
    UNION
    SELECT 'pg_catalog.pg_am'::pg_catalog.regclass, oid FROM pg_catalog.pg_am
    UNION
    SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, oid FROM pg_catalog.pg_language
) o
CROSS JOIN LATERAL pg_catalog.pg_identify_object(o.classid, o.objid, 0) i
WHERE o.objid >= 16384
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e
                  WHERE e.classid = o.classid AND e.objid = o.objid AND e.deptype IN ('e', 'i'))
ORDER BY i.type <> 'event trigger', i.type = 'access method', i.type <> 'table', i.identity
