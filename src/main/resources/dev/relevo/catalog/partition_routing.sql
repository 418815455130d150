-- Trees of partitions whose rows may go to other partitions on another server, a row for each reason or for each
-- collation that may be one. certain: the reason holds on any other server. float_hash: NaN hashes otherwise before and
-- from 15 on. provider, locale, actual: of a collation whose order, or whose idea of equality, routing rests on.
WITH RECURSIVE tree (root, part) AS (
    SELECT c.oid, c.oid
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'p' AND NOT c.relispartition AND c.relpersistence <> 't'
      AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
      AND c.oid NOT IN (SELECT d.objid FROM pg_catalog.pg_depend d
                        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'e')
    UNION ALL
    SELECT t.root, i.inhrelid FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.part
), key AS (
    SELECT t.root, p.partstrat AS strategy, p.partexprs::text AS expressions, p.partclass[k.n] AS class,
           coalesce(a.atttypid, o.opcintype) AS type, p.partcollation[k.n] AS coll
    FROM tree t
    JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = t.part
    CROSS JOIN LATERAL pg_catalog.generate_series(0, p.partnatts - 1) AS k (n)
    JOIN pg_catalog.pg_opclass o ON o.oid = p.partclass[k.n]
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.part AND a.attnum = p.partattrs[k.n] AND a.attnum > 0
), element (root, strategy, type, coll, class) AS (
    SELECT root, strategy, type, coll, class FROM key
    UNION
    SELECT e.root, e.strategy, s.type, s.coll, s.class
    FROM element e
    JOIN pg_catalog.pg_type t ON t.oid = e.type
    CROSS JOIN LATERAL (
        SELECT t.typbasetype AS type, e.coll, 0::oid AS class WHERE t.typtype = 'd'
        UNION ALL
        SELECT t.typelem, e.coll, 0 WHERE t.typtype = 'b' AND t.typelem <> 0 AND t.typlen = -1
        UNION ALL
        SELECT r.rngsubtype, r.rngcollation, r.rngsubopc FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid
        UNION ALL
        SELECT f.atttypid, f.attcollation, 0 FROM pg_catalog.pg_attribute f
        WHERE t.typtype = 'c' AND f.attrelid = t.typrelid AND f.attnum > 0 AND NOT f.attisdropped) s
), call AS (
    SELECT DISTINCT k.root, m[1] = 'inputcollid' AS collates, m[2]::oid AS id
    FROM key k
    CROSS JOIN LATERAL pg_catalog.regexp_matches(k.expressions,
        ':(funcid|opno|opfuncid|elemfuncid|inputcollid|resulttype) ([0-9]+)', 'g') m
), database AS (
    SELECT d.datcollate, coalesce(j ->> 'datlocprovider', 'c') AS provider,
           coalesce(j ->> 'datlocale', j ->> 'daticulocale', d.datcollate) AS locale
    FROM pg_catalog.pg_database d CROSS JOIN LATERAL pg_catalog.to_jsonb(d) j
    WHERE d.datname = pg_catalog.current_database()
), coll AS (
    SELECT c.oid, j.provider, j.locale, j.deterministic, v.actual
    FROM pg_catalog.pg_collation c
    CROSS JOIN database d
    CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(c) AS j) s
    CROSS JOIN LATERAL (
        SELECT CASE c.collprovider WHEN 'd' THEN d.provider ELSE c.collprovider::text END AS provider,
               CASE c.collprovider WHEN 'd' THEN d.locale
                    ELSE coalesce(s.j ->> 'colllocale', s.j ->> 'colliculocale', c.collcollate::text)
                         || coalesce(' ' || (s.j ->> 'collicurules'), '') END AS locale,
               coalesce((s.j ->> 'collisdeterministic')::boolean, true) AS deterministic) j
    CROSS JOIN LATERAL (SELECT pg_catalog.pg_collation_actual_version(c.oid) AS actual WHERE c.collprovider <> 'd'
                        UNION ALL
                        SELECT (SELECT pg_catalog.pg_collation_actual_version(o.oid) FROM pg_catalog.pg_collation o
                                WHERE o.collprovider::text = j.provider
                                  AND o.collcollate IS DISTINCT FROM 'C' AND o.collcollate IS DISTINCT FROM 'POSIX'
                                  AND (j.provider = 'c' OR pg_catalog.to_jsonb(o) ->> 'colllocale' = j.locale
                                       OR pg_catalog.to_jsonb(o) ->> 'colliculocale' = j.locale)
                                ORDER BY o.collcollate = d.datcollate DESC LIMIT 1)
                        WHERE c.collprovider = 'd') v
    WHERE c.oid IN (SELECT coll FROM element UNION SELECT id FROM call WHERE collates)
), reason AS (
    SELECT e.root, 'an operator class that a user or an extension made' AS reason, false AS certain,
        false AS float_hash,
           0::oid AS coll, false AS orders
    FROM element e WHERE e.class >= 16384
    UNION
    SELECT e.root, 'the hash of enum type ' || pg_catalog.format_type(t.oid, NULL), true, false, 0, false
    FROM element e JOIN pg_catalog.pg_type t ON t.oid = e.type WHERE e.strategy = 'h' AND t.typtype = 'e'
    UNION
    SELECT e.root, 'the hash of an enum type', true, false, 0, false
    FROM element e WHERE e.strategy = 'h' AND e.type = 'pg_catalog.anyenum'::pg_catalog.regtype
    UNION
    SELECT e.root, 'type ' || pg_catalog.format_type(t.oid, NULL) || ', which stands for other numbers there', true,
        false, 0, false
    FROM element e JOIN pg_catalog.pg_type t ON t.oid = e.type
    WHERE e.strategy IN ('h', 'r') AND t.oid < 16384 AND t.typname ~ '^reg' AND t.typtype = 'b'
    UNION
    SELECT e.root, 'type ' || pg_catalog.format_type(t.oid, NULL) || ', which a user or an extension made', false,
        false, 0, false
    FROM element e JOIN pg_catalog.pg_type t ON t.oid = e.type
    WHERE t.oid >= 16384 AND t.typtype IN ('b', 'm') AND NOT (t.typelem <> 0 AND t.typlen = -1)
    UNION
    SELECT e.root, 'the type of an expression', false, false, 0, false
    FROM element e JOIN pg_catalog.pg_type t ON t.oid = e.type
    WHERE t.typtype = 'p' AND t.typname <> 'anyenum'
    UNION
    SELECT e.root, 'the hash of ' || pg_catalog.format_type(t.oid, NULL), false, true, 0, false
    FROM element e JOIN pg_catalog.pg_type t ON t.oid = e.type
    WHERE e.strategy = 'h' AND t.oid IN ('pg_catalog.float4'::pg_catalog.regtype,
        'pg_catalog.float8'::pg_catalog.regtype)
    UNION
    SELECT c.root, 'a function, operator or type that a user or an extension made', false, false, 0, false
    FROM call c WHERE NOT c.collates AND c.id >= 16384
    UNION
    SELECT c.root, 'a time zone', false, false, 0, false
    FROM call c WHERE NOT c.collates AND c.id IN (1159, 2037, 2069)
    UNION
    SELECT e.root, '', false, false, e.coll, e.strategy = 'r'
    FROM element e JOIN pg_catalog.pg_type t ON t.oid = e.type
    WHERE e.coll <> 0 AND t.typcollation <> 0
    UNION
    SELECT c.root, '', false, false, c.id, true FROM call c WHERE c.collates AND c.id <> 0
)
SELECT r.root::bigint AS root, r.reason, r.certain, r.float_hash, c.provider, c.locale, c.actual
FROM reason r
LEFT JOIN coll c ON c.oid = r.coll
WHERE r.coll = 0
   OR (r.orders AND c.provider <> 'b' AND c.locale NOT IN ('C', 'POSIX') AND c.oid NOT IN (950, 951))
       OR NOT c.deterministic
ORDER BY r.root, r.certain DESC, r.reason DESC
