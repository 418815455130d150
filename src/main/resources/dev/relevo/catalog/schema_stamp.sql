-- One value that changes whenever anything of the users' schema does, but not by use: TRUNCATE, ANALYZE, REFRESH and
-- temporary tables leave it as it is. GRANT on a function or a type changes it, which costs one comparison more. A row
-- that was written has another xmin. Left out: what Relevo changes itself later than it carries the schema
-- (fence triggers, privileges of schemas, bounds of sequences).
WITH space AS (
    SELECT n.oid FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
), rel AS (
    SELECT c.oid, c.relname, c.relnamespace, c.relkind, c.relpersistence, c.reltablespace, c.reloptions, c.reloftype,
           c.relreplident, c.relrowsecurity, c.relforcerowsecurity, c.relpartbound
    FROM pg_catalog.pg_class c WHERE c.relnamespace IN (SELECT oid FROM space) AND c.relpersistence <> 't'
), typ AS (
    SELECT t.oid, t.xmin FROM pg_catalog.pg_type t WHERE t.typnamespace IN (SELECT oid FROM space) AND t.typtype <> 'c'
       AND NOT (t.typelem <> 0 AND t.typlen = -1)
), stamp (what, n, hash) AS (
    SELECT 'schemas', count(*), sum(hashtext(n.nspname)::bigint) FROM pg_catalog.pg_namespace n
        WHERE n.oid IN (SELECT oid FROM space)
    UNION ALL SELECT 'relations', count(*), sum(hashtext(pg_catalog.concat_ws(' ', oid, relname, relnamespace, relkind,
        relpersistence, reltablespace, reloptions, reloftype, relreplident, relrowsecurity, relforcerowsecurity,
        relpartbound))::bigint) FROM rel
    UNION ALL SELECT 'columns', count(*), sum(hashtext(pg_catalog.concat_ws(' ', a.attrelid, a.attnum, a.xmin))::bigint)
        FROM pg_catalog.pg_attribute a JOIN rel ON rel.oid = a.attrelid WHERE a.attnum > 0 AND rel.relkind NOT IN ('i',
            'I', 'S')
    UNION ALL SELECT 'defaults', count(*), sum(hashtext(pg_catalog.concat_ws(' ', d.adrelid, d.adnum, d.xmin))::bigint)
        FROM pg_catalog.pg_attrdef d JOIN rel ON rel.oid = d.adrelid
    UNION ALL SELECT 'parents', count(*), sum(hashtext(pg_catalog.concat_ws(' ', i.inhrelid, i.inhparent,
        i.inhseqno))::bigint)
        FROM pg_catalog.pg_inherits i JOIN rel ON rel.oid = i.inhrelid
    UNION ALL SELECT 'indexes', count(*), sum(hashtext(pg_catalog.concat_ws(' ', i.indexrelid, i.indrelid,
        i.indisunique,
        i.indisprimary, i.indisvalid, i.indisclustered))::bigint)
        FROM pg_catalog.pg_index i JOIN rel ON rel.oid = i.indrelid
    UNION ALL SELECT 'constraints', count(*), sum(hashtext(pg_catalog.concat_ws(' ', c.conname, c.conrelid, c.contypid,
        c.convalidated, c.condeferrable, c.condeferred, c.xmin))::bigint)
        FROM pg_catalog.pg_constraint c WHERE c.connamespace IN (SELECT oid FROM space) AND c.contype NOT IN ('t', 'n')
    UNION ALL SELECT 'triggers', count(*), sum(hashtext(pg_catalog.concat_ws(' ', t.tgname, t.tgrelid, t.tgenabled,
        t.xmin))::bigint)
        FROM pg_catalog.pg_trigger t JOIN rel ON rel.oid = t.tgrelid WHERE NOT t.tgisinternal
            AND t.tgname <> 'relevo_fence'
    UNION ALL SELECT 'rules', count(*), sum(hashtext(pg_catalog.concat_ws(' ', w.ev_class, w.rulename, w.ev_enabled,
        w.xmin))::bigint)
        FROM pg_catalog.pg_rewrite w JOIN rel ON rel.oid = w.ev_class
    UNION ALL SELECT 'policies', count(*), sum(hashtext(pg_catalog.concat_ws(' ', p.polname, p.polrelid,
        p.xmin))::bigint)
        FROM pg_catalog.pg_policy p JOIN rel ON rel.oid = p.polrelid
    UNION ALL SELECT 'statistics', count(*), sum(hashtext(pg_catalog.concat_ws(' ', s.stxname, s.xmin))::bigint)
        FROM pg_catalog.pg_statistic_ext s WHERE s.stxnamespace IN (SELECT oid FROM space)
    UNION ALL SELECT 'sequences', count(*), sum(hashtext(pg_catalog.concat_ws(' ', q.seqrelid, q.seqtypid,
        q.seqincrement,
        q.seqcache))::bigint)
        FROM pg_catalog.pg_sequence q JOIN rel ON rel.oid = q.seqrelid
    UNION ALL SELECT 'types', count(*), sum(hashtext(pg_catalog.concat_ws(' ', oid, xmin))::bigint) FROM typ
    UNION ALL SELECT 'labels', count(*), sum(hashtext(pg_catalog.concat_ws(' ', e.enumtypid, e.enumlabel,
        e.enumsortorder))::bigint)
        FROM pg_catalog.pg_enum e JOIN typ ON typ.oid = e.enumtypid
    UNION ALL SELECT 'routines', count(*), sum(hashtext(pg_catalog.concat_ws(' ', p.proname, p.xmin))::bigint)
        FROM pg_catalog.pg_proc p WHERE p.pronamespace IN (SELECT oid FROM space)
    UNION ALL SELECT 'operators', count(*), sum(hashtext(pg_catalog.concat_ws(' ', o.oprname, o.xmin))::bigint)
        FROM pg_catalog.pg_operator o WHERE o.oprnamespace IN (SELECT oid FROM space)
    UNION ALL SELECT 'operator classes', count(*), sum(hashtext(pg_catalog.concat_ws(' ', o.opcname, o.xmin))::bigint)
        FROM pg_catalog.pg_opclass o WHERE o.opcnamespace IN (SELECT oid FROM space)
    UNION ALL SELECT 'strategies', count(*), sum(hashtext(pg_catalog.concat_ws(' ', o.amopfamily, o.amopopr,
        o.xmin))::bigint)
        FROM pg_catalog.pg_amop o
    UNION ALL SELECT 'support functions', count(*), sum(hashtext(pg_catalog.concat_ws(' ', o.amprocfamily,
        o.xmin))::bigint)
        FROM pg_catalog.pg_amproc o
    UNION ALL SELECT 'casts', count(*), sum(hashtext(pg_catalog.concat_ws(' ', c.castsource, c.casttarget,
        c.xmin))::bigint)
        FROM pg_catalog.pg_cast c
    UNION ALL SELECT 'extensions', count(*), sum(hashtext(pg_catalog.concat_ws(' ', e.extname, e.extnamespace))::bigint)
        FROM pg_catalog.pg_extension e
    UNION ALL SELECT 'event triggers', count(*), sum(hashtext(pg_catalog.concat_ws(' ', t.evtname, t.evtenabled,
        t.xmin))::bigint)
        FROM pg_catalog.pg_event_trigger t
    UNION ALL SELECT 'text search', count(*), sum(hashtext(pg_catalog.concat_ws(' ', c.cfgname, c.xmin))::bigint)
        FROM pg_catalog.pg_ts_config c
    UNION ALL SELECT 'mappings', count(*), sum(hashtext(pg_catalog.concat_ws(' ', m.mapcfg, m.maptokentype,
        m.xmin))::bigint)
        FROM pg_catalog.pg_ts_config_map m
    UNION ALL SELECT 'dictionaries', count(*), sum(hashtext(pg_catalog.concat_ws(' ', d.dictname, d.xmin))::bigint)
        FROM pg_catalog.pg_ts_dict d
    UNION ALL SELECT 'servers', count(*), sum(hashtext(pg_catalog.concat_ws(' ', s.srvname, s.xmin))::bigint)
        FROM pg_catalog.pg_foreign_server s
    UNION ALL SELECT 'user mappings', count(*), sum(hashtext(pg_catalog.concat_ws(' ', m.umuser, m.umserver,
        m.xmin))::bigint)
        FROM pg_catalog.pg_user_mapping m
    UNION ALL SELECT 'collations', count(*), sum(hashtext(pg_catalog.concat_ws(' ', c.collname,
        c.collnamespace))::bigint)
        FROM pg_catalog.pg_collation c WHERE c.collnamespace IN (SELECT oid FROM space)
    UNION ALL SELECT 'comments', count(*), sum(hashtext(pg_catalog.concat_ws(' ', d.classoid, d.objoid, d.objsubid,
        d.xmin))::bigint)
        FROM pg_catalog.pg_description d WHERE d.objoid >= 16384
    UNION ALL SELECT 'labels of security', count(*), sum(hashtext(pg_catalog.concat_ws(' ', l.objoid, l.xmin))::bigint)
        FROM pg_catalog.pg_seclabel l
)
SELECT pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat_ws(' ', what, n, hash), ',' ORDER BY what)) AS stamp
    FROM stamp
