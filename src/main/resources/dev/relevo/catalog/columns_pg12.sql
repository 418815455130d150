-- The columns of the user's tables. comparable: whether the apply worker finds an equality operator for the type,
-- as lookup_type_cache(TYPECACHE_EQ_OPR) does: a default btree or hash operator class for the type itself, for one it is
-- binary coercible to, for a domain's base, an array's element, or every field of a composite type.
WITH RECURSIVE used AS (
    SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull,
           a.attidentity <> '' AS identity, a.attgenerated <> '' AS generated
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
      AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
      AND a.attnum > 0 AND NOT a.attisdropped
), parts (root, part) AS (
    SELECT DISTINCT atttypid, atttypid FROM used
    UNION
    SELECT p.root, s.part
    FROM parts p
    JOIN pg_catalog.pg_type t ON t.oid = p.part
    CROSS JOIN LATERAL (
        SELECT t.typbasetype AS part WHERE t.typtype = 'd'
        UNION ALL
        SELECT t.typelem WHERE t.typtype = 'b' AND t.typelem <> 0 AND t.typlen = -1
        UNION ALL
        SELECT f.atttypid FROM pg_catalog.pg_attribute f
        WHERE t.typtype = 'c' AND f.attrelid = t.typrelid AND f.attnum > 0 AND NOT f.attisdropped) s
), incomparable AS (
    SELECT DISTINCT p.root
    FROM parts p
    JOIN pg_catalog.pg_type t ON t.oid = p.part
    WHERE t.typtype = 'b' AND NOT (t.typelem <> 0 AND t.typlen = -1)
      AND NOT EXISTS (
        SELECT 1
        FROM pg_catalog.pg_opclass o
        JOIN pg_catalog.pg_am m ON m.oid = o.opcmethod AND m.amname IN ('btree', 'hash')
        WHERE o.opcdefault
          AND (o.opcintype = t.oid
               OR EXISTS (SELECT 1 FROM pg_catalog.pg_cast k
                          WHERE k.castsource = t.oid AND k.casttarget = o.opcintype
                            AND k.castmethod = 'b' AND k.castcontext = 'i')))
)
SELECT u.attrelid::bigint AS table_oid, u.attname AS name,
       pg_catalog.format_type(u.atttypid, u.atttypmod) AS type, u.attnotnull AS not_null,
       i.root IS NULL AS comparable, u.generated, u.identity
FROM used u
LEFT JOIN incomparable i ON i.root = u.atttypid
ORDER BY u.attrelid, u.attnum
