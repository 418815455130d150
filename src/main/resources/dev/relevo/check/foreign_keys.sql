-- The validated foreign keys of tables whose rows travel, the cheapest first, with what is true of a row that violates
-- one. Reads catalogs only. Goes on where harmless.sql ends.
--
-- orphans:  what is true of a row fk of the referring table that refers to nothing, as PostgreSQL itself looks for one
--           when it validates a key: with the key's own operators and the referred column's collation.
-- harmless: whether no code of the users' runs to find out: another operator, a type that they made (enums without
--           casts are fine), an index, extended statistics or a partition key with a function of theirs, which the
--           planner may evaluate.
-- bytes:    of both tables, with all partitions.
, keys AS (
    SELECT k.oid, k.conname, k.conrelid, k.confrelid, k.conkey, k.confkey, k.conpfeqop, k.confmatchtype,
           n.nspname, c.relname, c.relkind
    FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE k.contype = 'f' AND k.convalidated AND k.conparentid = 0 AND c.relpersistence = 'p'
      AND pg_catalog.to_jsonb(k) ->> 'conenforced' IS DISTINCT FROM 'false'  -- 18 and newer
      AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                      WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = c.oid
                        AND e.deptype = 'e')
), trees (root, oid) AS (
    SELECT conrelid, conrelid FROM keys
    UNION
    SELECT confrelid, confrelid FROM keys
    UNION
    SELECT t.root, i.inhrelid
    FROM trees t
    JOIN pg_catalog.pg_class c ON c.oid = t.oid AND c.relkind = 'p'
    JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid
), relations AS (
    SELECT t.root AS oid, sum(CASE WHEN c.relkind = 'r' THEN pg_catalog.pg_relation_size(c.oid) ELSE 0 END) AS bytes,
           bool_and(c.relkind IN ('r', 'p') AND c.oid NOT IN (SELECT relation FROM calling)) AS harmless
    FROM trees t JOIN pg_catalog.pg_class c ON c.oid = t.oid
    GROUP BY t.root
), pairs AS (
    SELECT k.oid,
           bool_and(o.oid < 16384 AND fa.atttypid IN (SELECT oid FROM harmless)
                    AND pa.atttypid IN (SELECT oid FROM harmless)) AS harmless,
           pg_catalog.string_agg(pg_catalog.format('fk.%I IS NOT NULL', fa.attname),
                                 CASE k.confmatchtype WHEN 'f' THEN ' OR ' ELSE ' AND ' END ORDER BY p.n) AS given,
           pg_catalog.string_agg(
               pg_catalog.format('pk.%I%s OPERATOR(%I.%s) fk.%I%s%s',
                   pa.attname,
                   CASE WHEN pa.atttypid = o.oprleft OR lt.typtype = 'p' AND pa.atttypid = lb.base THEN ''
                        ELSE '::' || pg_catalog.format_type(
                                  CASE lt.typtype WHEN 'p' THEN lb.base ELSE o.oprleft END, -1) END,
                   ons.nspname, o.oprname, fa.attname,
                   CASE WHEN fa.atttypid = o.oprright OR rt.typtype = 'p' AND fa.atttypid = rb.base THEN ''
                        ELSE '::' || pg_catalog.format_type(
                                  CASE rt.typtype WHEN 'p' THEN rb.base ELSE o.oprright END, -1) END,
                   CASE WHEN fa.attcollation <> pa.attcollation
                        THEN pg_catalog.format(' COLLATE %I.%I', cn.nspname, co.collname) ELSE '' END),
               ' AND ' ORDER BY p.n) AS same,
           pg_catalog.string_agg(pg_catalog.quote_ident(fa.attname), ', ' ORDER BY p.n) AS columns,
           pg_catalog.string_agg(pg_catalog.format('pg_catalog.left(fk.%I::text, 60)', fa.attname), ', '
                                 ORDER BY p.n) AS shown
    FROM keys k
    CROSS JOIN LATERAL pg_catalog.generate_series(1, pg_catalog.cardinality(k.conkey)) AS p (n)
    JOIN pg_catalog.pg_attribute fa ON fa.attrelid = k.conrelid AND fa.attnum = k.conkey[p.n]
    JOIN pg_catalog.pg_attribute pa ON pa.attrelid = k.confrelid AND pa.attnum = k.confkey[p.n]
    JOIN pg_catalog.pg_operator o ON o.oid = k.conpfeqop[p.n]
    JOIN pg_catalog.pg_namespace ons ON ons.oid = o.oprnamespace
    JOIN pg_catalog.pg_type lt ON lt.oid = o.oprleft
    JOIN pg_catalog.pg_type rt ON rt.oid = o.oprright
    JOIN base lb ON lb.oid = pa.atttypid
    JOIN base rb ON rb.oid = fa.atttypid
    LEFT JOIN pg_catalog.pg_collation co ON co.oid = pa.attcollation
    LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
    GROUP BY k.oid, k.confmatchtype
)
SELECT k.nspname AS schema, k.relname AS table, k.conname AS name, p.columns, p.shown,
       CASE k.relkind WHEN 'p' THEN '' ELSE 'ONLY ' END
           || pg_catalog.format('%I.%I', k.nspname, k.relname) AS referring,
       pg_catalog.format('%I.%I', rn.nspname, r.relname) AS referred,
       pg_catalog.format('(%s) AND NOT EXISTS (SELECT FROM %s%I.%I pk WHERE %s)', p.given,
                         CASE r.relkind WHEN 'p' THEN '' ELSE 'ONLY ' END, rn.nspname, r.relname, p.same) AS orphans,
       p.harmless AND a.harmless AND b.harmless AS harmless,
       pg_catalog.format('ALTER TABLE %I.%I DROP CONSTRAINT %I', k.nspname, k.relname, k.conname)
           || CASE k.relkind WHEN 'p' THEN ''
                   ELSE pg_catalog.format(', ADD CONSTRAINT %I %s NOT VALID', k.conname,
                                          pg_catalog.pg_get_constraintdef(k.oid)) END AS keep,
       k.relkind = 'p' AS partitioned,
       (a.bytes + b.bytes)::pg_catalog.int8 AS bytes, a.bytes = 0 AS empty
FROM keys k
JOIN pairs p ON p.oid = k.oid
JOIN relations a ON a.oid = k.conrelid
JOIN relations b ON b.oid = k.confrelid
JOIN pg_catalog.pg_class r ON r.oid = k.confrelid
JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
ORDER BY a.bytes + b.bytes, k.nspname, k.relname, k.conname
