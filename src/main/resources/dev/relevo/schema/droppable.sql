-- Everything in the user's schemas, and what user-made there is outside of schemas, as DROP statements; tables first,
-- since what belongs to a column cannot be dropped without it. Extensions' members go with their extensions.
SELECT 'DROP '
       || CASE i.type
              WHEN 'statistics object' THEN 'STATISTICS'
              WHEN 'composite type' THEN 'TYPE'
              WHEN 'function' THEN 'ROUTINE' WHEN 'procedure' THEN 'ROUTINE' WHEN 'aggregate' THEN 'ROUTINE'
              WHEN 'foreign-data wrapper' THEN 'FOREIGN DATA WRAPPER'
              WHEN 'server' THEN 'SERVER'
              ELSE pg_catalog.upper(i.type) END
       || ' IF EXISTS ' || i.identity || ' CASCADE' AS sql
FROM (
    SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_namespace n
        ON d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = n.oid
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
      AND d.classid <> 'pg_catalog.pg_default_acl'::pg_catalog.regclass
      AND d.classid <> 'pg_catalog.pg_extension'::pg_catalog.regclass
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
ORDER BY i.type <> 'event trigger', i.type <> 'table', i.identity
