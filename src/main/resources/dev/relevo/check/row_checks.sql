-- The validated CHECK constraints of tables whose rows travel, the cheapest first; each ordinary table has those
-- that it inherited for itself. Reads catalogs only. Goes on where harmless.sql ends.
--
-- harmless:  whether it calls nothing of the users', nor does the planner, and has to do with no type of theirs.
-- nodes:     the condition as stored.
-- origin:    the topmost table that it was inherited from.
, checks AS (
    SELECT k.oid, k.conname, k.conrelid, k.conkey, k.conbin, k.coninhcount, n.nspname, c.relname
    FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE k.contype = 'c' AND k.convalidated AND c.relkind = 'r' AND c.relpersistence = 'p'
      AND pg_catalog.to_jsonb(k) ->> 'conenforced' IS DISTINCT FROM 'false'  -- 18 and newer
      AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                      WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = c.oid
                        AND e.deptype = 'e')
), origins (oid, conname, origin) AS (
    SELECT k.oid, k.conname, k.conrelid FROM checks k
    UNION
    SELECT o.oid, o.conname, i.inhparent
    FROM origins o
    JOIN pg_catalog.pg_inherits i ON i.inhrelid = o.origin
    JOIN pg_catalog.pg_constraint p
        ON p.conrelid = i.inhparent AND p.contype = 'c' AND p.conname = o.conname
), topmost AS (
    SELECT DISTINCT ON (o.oid) o.oid, o.origin
    FROM origins o
    JOIN pg_catalog.pg_constraint p ON p.conrelid = o.origin AND p.contype = 'c' AND p.conname = o.conname
    WHERE p.coninhcount = 0
    ORDER BY o.oid, o.origin
)
SELECT k.nspname AS schema, k.relname AS table, k.conname AS name,
       pg_catalog.format('ONLY %I.%I', k.nspname, k.relname) AS relation,
       pg_catalog.pg_get_expr(k.conbin, k.conrelid) AS condition,
       k.conrelid NOT IN (SELECT relation FROM calling)
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
                             WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
                               AND a.atttypid NOT IN (SELECT oid FROM harmless))
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                             WHERE d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = k.oid
                               AND (d.refclassid NOT IN ('pg_catalog.pg_class'::pg_catalog.regclass,
                                                         'pg_catalog.pg_type'::pg_catalog.regclass,
                                                         'pg_catalog.pg_collation'::pg_catalog.regclass)
                                    OR d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass
                                       AND d.refobjid NOT IN (SELECT h.oid FROM harmless h
                                                              JOIN pg_catalog.pg_type t
                                                                  ON t.oid = h.oid AND t.typtype = 'e')
                                    OR d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                                       AND d.refobjid <> k.conrelid)) AS harmless,
       k.conbin::pg_catalog.text AS nodes,
       (SELECT pg_catalog.string_agg(pg_catalog.format('%I', a.attname), ', ' ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)) AS columns,
       (SELECT pg_catalog.string_agg(pg_catalog.format('pg_catalog.left(%I::text, 60)', a.attname), ', '
                                      ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)) AS shown,
       pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %2$I %s NOT VALID',
                         t.origin::pg_catalog.regclass, k.conname, pg_catalog.pg_get_constraintdef(o.oid)) AS keep,
       pg_catalog.pg_relation_size(k.conrelid) AS bytes
FROM checks k
JOIN topmost t ON t.oid = k.oid
JOIN pg_catalog.pg_constraint o ON o.conrelid = t.origin AND o.contype = 'c' AND o.conname = k.conname
WHERE pg_catalog.pg_relation_size(k.conrelid) > 0
ORDER BY pg_catalog.pg_relation_size(k.conrelid), k.nspname, k.relname, k.conname
