-- Tables, views, foreign tables and sequences, and their columns. The bounds of a sequence are no part of this: they
-- are held back on the side that does not serve. A table is made with its columns; it is attached to its parent
-- afterwards.
WITH ours AS (
    SELECT d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e' AND d.classid = 'pg_catalog.pg_class'::regclass
), rel AS (
    SELECT c.*, c.oid AS id, format('%I.%I', n.nspname, c.relname) AS name,
           -- as pg_dump spells them: whoever set them may have put anything into a value
           (SELECT string_agg(format('%I = %L', split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)), ', ')
            FROM unnest(c.reloptions) o) AS storage
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
      AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND c.relpersistence <> 't' AND c.oid NOT IN (SELECT objid
          FROM ours)
), col AS (
    SELECT r.name AS relation, r.relkind, r.id, r.relispartition, a.attnum, a.attname, a.attinhcount, a.attnotnull,
           a.atttypid, a.attstorage, t.typstorage, a.attidentity, a.attstattarget, a.attoptions, a.attfdwoptions,
           format('%s.%I', r.name, a.attname) AS name, format_type(a.atttypid, a.atttypmod) AS type,
           pg_get_expr(d.adbin, d.adrelid) AS value,
           coalesce(to_jsonb(a) ->> 'attgenerated', '') AS generated, to_jsonb(a) ->> 'attcompression' AS compression,
           CASE WHEN a.attcollation <> t.typcollation
                THEN (SELECT format('%I.%I', n.nspname, o.collname) FROM pg_catalog.pg_collation o
                      JOIN pg_catalog.pg_namespace n ON n.oid = o.collnamespace
                          WHERE o.oid = a.attcollation) END AS collation,
           (SELECT string_agg(format('%I = %L', split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)), ', ')
            FROM unnest(a.attoptions) o) AS settings,
           lag(a.attname) OVER (PARTITION BY a.attrelid ORDER BY a.attnum) AS behind
    FROM rel r
    JOIN pg_catalog.pg_attribute a ON a.attrelid = r.id AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE r.relkind IN ('r', 'p', 'f', 'c', 'v')
), spelled AS (
    SELECT c.*,
           format('%I %s', c.attname, c.type) || coalesce(' COLLATE ' || c.collation, '')
               || CASE WHEN c.generated <> '' THEN format(' GENERATED ALWAYS AS (%s)', c.value)
                            || CASE c.generated WHEN 's' THEN ' STORED' ELSE ' VIRTUAL' END
                       WHEN c.attidentity <> '' THEN ' GENERATED ' || CASE c.attidentity WHEN 'a' THEN 'ALWAYS'
                           ELSE 'BY DEFAULT' END
                            || ' AS IDENTITY'
                       WHEN c.value IS NOT NULL THEN ' DEFAULT ' || c.value ELSE '' END
               || CASE WHEN c.attnotnull AND c.relkind <> 'c' THEN ' NOT NULL' ELSE '' END AS text
    FROM col c
)
SELECT CASE r.relkind WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind, r.name,
       jsonb_build_object(
           'persistence', r.relpersistence, 'partitioned by', pg_get_partkeydef(r.id), 'row security', r.relrowsecurity,
           'forced row security', r.relforcerowsecurity, 'replica identity', r.relreplident, 'options', r.reloptions,
           'tablespace', (SELECT s.spcname FROM pg_catalog.pg_tablespace s WHERE s.oid = r.reltablespace),
           'access method', (SELECT a.amname FROM pg_catalog.pg_am a WHERE a.oid = r.relam),
           'type', nullif(r.reloftype, 0)::regtype, 'parents', p.names, 'bound', pg_get_expr(r.relpartbound, r.id),
           'server', (SELECT s.srvname FROM pg_catalog.pg_foreign_table f JOIN pg_catalog.pg_foreign_server s
               ON s.oid = f.ftserver
                      WHERE f.ftrelid = r.id),
           'server options', (SELECT md5(f.ftoptions::text) FROM pg_catalog.pg_foreign_table f
               WHERE f.ftrelid = r.id)) AS def,
       CASE WHEN r.relkind IN ('r', 'p') AND r.reloftype = 0
            THEN format('CREATE %sTABLE %s (%s)', CASE r.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END, r.name,
                        (SELECT string_agg(s.text, ', ' ORDER BY s.attnum) FROM spelled s WHERE s.id = r.id))
                 || coalesce(' PARTITION BY ' || pg_get_partkeydef(r.id), '')
                 || coalesce(' WITH (' || r.storage || ')', '')
                 || coalesce(' TABLESPACE ' || (SELECT quote_ident(s.spcname) FROM pg_catalog.pg_tablespace s
                                                WHERE s.oid = r.reltablespace), '') END AS made,
       format('DROP %sTABLE %s', CASE r.relkind WHEN 'f' THEN 'FOREIGN ' ELSE '' END, r.name) AS gone,
       jsonb_strip_nulls(jsonb_build_object(
           'row security', format('ALTER TABLE %s %s ROW LEVEL SECURITY', r.name,
                                  CASE WHEN r.relrowsecurity THEN 'ENABLE' ELSE 'DISABLE' END),
           'forced row security', format('ALTER TABLE %s %s ROW LEVEL SECURITY', r.name,
                                         CASE WHEN r.relforcerowsecurity THEN 'FORCE' ELSE 'NO FORCE' END),
           'options', 'ALTER TABLE ' || r.name || ' SET (' || nullif(r.storage, '') || ')',
           'replica identity', format('ALTER TABLE ONLY %s REPLICA IDENTITY ', r.name)
               || CASE r.relreplident WHEN 'd' THEN 'DEFAULT' WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING'
                       ELSE (SELECT 'USING INDEX ' || quote_ident(i.relname) FROM pg_catalog.pg_index x
                             JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = r.id
                                 AND x.indisreplident) END,
           'bound', format('ALTER TABLE ONLY %s ATTACH PARTITION %s %s', p.first, r.name, pg_get_expr(r.relpartbound,
               r.id)),
           'parents', CASE WHEN r.relpartbound IS NOT NULL
                           THEN format('ALTER TABLE ONLY %s ATTACH PARTITION %s %s', p.first, r.name,
                                       pg_get_expr(r.relpartbound, r.id))
                           WHEN cardinality(p.names) = 1 THEN format('ALTER TABLE %s INHERIT %s', r.name,
                               p.first) END)) AS sets,
       CASE WHEN r.relkind IN ('r', 'p') THEN r.name END AS rows
FROM rel r
CROSS JOIN LATERAL (
    SELECT array_agg(i.inhparent::regclass::text ORDER BY i.inhseqno) AS names,
        min(i.inhparent::regclass::text) AS first
    FROM pg_catalog.pg_inherits i WHERE i.inhrelid = r.id) p
WHERE r.relkind IN ('r', 'p', 'f')
UNION ALL
SELECT CASE r.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, r.name,
       jsonb_build_object('definition', pg_get_viewdef(r.id), 'options', r.reloptions,
           'tablespace', (SELECT s.spcname FROM pg_catalog.pg_tablespace s WHERE s.oid = r.reltablespace)),
       CASE r.relkind WHEN 'v' THEN w.text
            ELSE format('CREATE MATERIALIZED VIEW %s%s AS %s WITH NO DATA', r.name,
                        coalesce(' WITH (' || r.storage || ')', ''), rtrim(pg_get_viewdef(r.id), ';')) END,
       format('DROP %sVIEW %s', CASE r.relkind WHEN 'v' THEN '' ELSE 'MATERIALIZED ' END, r.name),
       CASE r.relkind WHEN 'v' THEN jsonb_build_object('definition', w.text, 'options', w.text) ELSE '{}' END, NULL
FROM rel r
CROSS JOIN LATERAL (
    SELECT format('CREATE OR REPLACE VIEW %s%s AS %s', r.name,
                  coalesce(' WITH (' || r.storage || ')', ''), rtrim(pg_get_viewdef(r.id), ';')) AS text) w
WHERE r.relkind IN ('v', 'm')
UNION ALL
SELECT 'sequence', r.name,
       jsonb_build_object('type', format_type(q.seqtypid, NULL), 'increment', q.seqincrement, 'cache', q.seqcache,
           'owned by', o.name, 'persistence', r.relpersistence),
       CASE WHEN o.deptype IS DISTINCT FROM 'i'
            THEN format('CREATE SEQUENCE %s AS %s INCREMENT %s MINVALUE %s MAXVALUE %s START %s CACHE %s%s', r.name,
                        format_type(q.seqtypid, NULL), q.seqincrement, q.seqmin, q.seqmax, q.seqstart, q.seqcache,
                        CASE WHEN q.seqcycle THEN ' CYCLE' ELSE '' END) END,
       CASE WHEN o.deptype IS DISTINCT FROM 'i' THEN format('DROP SEQUENCE %s', r.name) END,
       jsonb_build_object(
           'increment', format('ALTER SEQUENCE %s INCREMENT %s', r.name, q.seqincrement),
           'cache', format('ALTER SEQUENCE %s CACHE %s', r.name, q.seqcache),
           'owned by', format('ALTER SEQUENCE %s OWNED BY %s', r.name, coalesce(o.name, 'NONE'))), NULL
FROM rel r JOIN pg_catalog.pg_sequence q ON q.seqrelid = r.id
LEFT JOIN LATERAL (
    SELECT d.deptype, d.refobjid::regclass || '.' || quote_ident(a.attname) AS name
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = r.id AND d.objsubid = 0
      AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i') LIMIT 1) o
          ON true
UNION ALL
-- A column that is there later has these values in the rows that are there already: null, a constant, or what a
-- generated column is computed from. Of anything else nobody knows which value each row has.
SELECT CASE c.relkind WHEN 'c' THEN 'attribute' ELSE 'column' END, c.name,
       jsonb_build_object('type', c.type, 'collation', c.collation, 'not null', c.attnotnull, 'default', c.value,
           'generated', c.generated, 'identity', c.attidentity, 'storage', c.attstorage, 'compression', c.compression,
           'statistics', nullif(c.attstattarget, -1), 'options', c.attoptions, 'server options',
               md5(c.attfdwoptions::text),
           'behind', c.behind),
       CASE WHEN c.relkind = 'c' THEN format('ALTER TYPE %s ADD ATTRIBUTE %s', c.relation, c.text)
            WHEN c.attinhcount = 0 AND c.attidentity = '' AND (c.generated <> '' OR c.value IS NULL
                 OR c.value ~ '^(-?[0-9.]+|\(-[0-9.]+\)|true|false|NULL|''([^'']|'''')*'')(::[A-Za-z0-9_ ."\[\](),]+)?$')
            THEN format('ALTER TABLE %s ADD COLUMN %s', c.relation, c.text) END,
       CASE WHEN c.relkind = 'c' THEN format('ALTER TYPE %s DROP ATTRIBUTE %I', c.relation, c.attname)
            WHEN c.attinhcount = 0 THEN format('ALTER TABLE %s DROP COLUMN %I', c.relation, c.attname) END,
       CASE WHEN c.relkind = 'c' THEN '{}'::jsonb ELSE jsonb_strip_nulls(jsonb_build_object(
           'not null', format('ALTER TABLE %s ALTER COLUMN %I %s NOT NULL', c.relation, c.attname,
                              CASE WHEN c.attnotnull THEN 'SET' ELSE 'DROP' END),
           'default', CASE WHEN c.generated = '' THEN format('ALTER TABLE ONLY %s ALTER COLUMN %I %s', c.relation,
               c.attname,
                                                             coalesce('SET DEFAULT ' || c.value, 'DROP DEFAULT')) END,
           'storage', format('ALTER TABLE ONLY %s ALTER COLUMN %I SET STORAGE %s', c.relation, c.attname,
                             CASE c.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN'
                                 ELSE 'EXTENDED' END),
           'compression', format('ALTER TABLE ONLY %s ALTER COLUMN %I SET COMPRESSION %s', c.relation, c.attname,
                                 CASE c.compression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' ELSE 'default' END),
           'statistics', format('ALTER TABLE ONLY %s ALTER COLUMN %I SET STATISTICS %s', c.relation, c.attname,
                                coalesce(c.attstattarget, -1)),
           'options', 'ALTER TABLE ONLY ' || c.relation || ' ALTER COLUMN ' || quote_ident(c.attname) || ' SET ('
                      || nullif(c.settings, '') || ')',
           'identity', CASE c.attidentity WHEN '' THEN format('ALTER TABLE %s ALTER COLUMN %I DROP IDENTITY',
               c.relation, c.attname)
                            ELSE format('ALTER TABLE %s ALTER COLUMN %I ADD GENERATED %s AS IDENTITY', c.relation,
                                c.attname,
                                        CASE c.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END) END)) END,
       CASE WHEN c.relkind IN ('r', 'p') THEN c.relation END
FROM spelled c
WHERE c.relkind <> 'v'
UNION ALL
SELECT 'column', c.name, jsonb_build_object('default', c.value), NULL, NULL,
       jsonb_build_object('default', format('ALTER VIEW %s ALTER COLUMN %I SET DEFAULT %s', c.relation, c.attname,
           c.value)), NULL
FROM spelled c
WHERE c.relkind = 'v' AND c.value IS NOT NULL
