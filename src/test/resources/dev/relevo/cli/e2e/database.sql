WITH namespace AS (
    SELECT * FROM pg_catalog.pg_namespace
    WHERE nspname !~ '^pg_(toast|temp)' AND nspname NOT IN ('pg_catalog', 'information_schema')
), relation AS (
    SELECT c.* FROM pg_catalog.pg_class c JOIN namespace n ON n.oid = c.relnamespace
)
SELECT line FROM (
    SELECT pg_catalog.format('schema %I owner %s acl %s', n.nspname, n.nspowner::regrole,
        (SELECT pg_catalog.string_agg(x::text, ' ' ORDER BY x::text)
         FROM pg_catalog.unnest(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) x)) AS line
    FROM namespace n
    UNION ALL
    SELECT pg_catalog.format('relation %s kind %s%s identity %s owner %s rls %s%s options %s acl %s comment %s',
        c.oid::regclass, c.relkind, c.relpersistence, c.relreplident, c.relowner::regrole, c.relrowsecurity,
        c.relforcerowsecurity, c.reloptions,
        (SELECT pg_catalog.string_agg(x::text, ' ' ORDER BY x::text) FROM pg_catalog.unnest(coalesce(c.relacl,
            CASE WHEN c.relkind IN ('r', 'p', 'v', 'm') THEN pg_catalog.acldefault('r', c.relowner)
                 WHEN c.relkind = 'S' THEN pg_catalog.acldefault('s', c.relowner) END)) x),
        pg_catalog.obj_description(c.oid, 'pg_class'))
    FROM relation c
    UNION ALL
    SELECT pg_catalog.format('column %s.%I %s not null %s identity %s generated %s default %s acl %s', c.oid::regclass, a.attname,
        pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
        pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attacl)
    FROM relation c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'c')
    UNION ALL
    SELECT pg_catalog.format('constraint %I on %s: %s', k.conname, k.conrelid::regclass, pg_catalog.pg_get_constraintdef(k.oid))
    FROM pg_catalog.pg_constraint k JOIN namespace n ON n.oid = k.connamespace
    UNION ALL
    SELECT pg_catalog.format('index %s identity %s valid %s', pg_catalog.pg_get_indexdef(i.indexrelid), i.indisreplident, i.indisvalid)
    FROM pg_catalog.pg_index i JOIN relation c ON c.oid = i.indexrelid
    UNION ALL
    SELECT pg_catalog.format('trigger %s enabled %s', pg_catalog.pg_get_triggerdef(t.oid), t.tgenabled)
    FROM pg_catalog.pg_trigger t WHERE NOT t.tgisinternal
    UNION ALL
    SELECT pg_catalog.format('function %s owner %s acl %s settings %s source %s', p.oid::regprocedure, p.proowner::regrole, p.proacl,
        p.proconfig, pg_catalog.md5(p.prosrc))
    FROM pg_catalog.pg_proc p JOIN namespace n ON n.oid = p.pronamespace
    UNION ALL
    SELECT pg_catalog.format('type %s kind %s labels %s', t.oid::regtype, t.typtype,
        (SELECT pg_catalog.string_agg(e.enumlabel, ' ' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid))
    FROM pg_catalog.pg_type t JOIN namespace n ON n.oid = t.typnamespace WHERE t.typtype IN ('d', 'e')
    UNION ALL
    SELECT pg_catalog.format('policy %I on %s for %s using %s', polname, polrelid::regclass, polcmd, pg_catalog.pg_get_expr(polqual, polrelid))
    FROM pg_catalog.pg_policy
    UNION ALL
    SELECT pg_catalog.format('default privileges of %s in %s for %s: %s', defaclrole::regrole, defaclnamespace::regnamespace,
        defaclobjtype, defaclacl)
    FROM pg_catalog.pg_default_acl
    UNION ALL
    SELECT pg_catalog.format('extension %s in %s', extname, extnamespace::regnamespace) FROM pg_catalog.pg_extension
    UNION ALL
    SELECT pg_catalog.format('publication %s', pubname) FROM pg_catalog.pg_publication
    UNION ALL
    SELECT pg_catalog.format('event trigger %s', evtname) FROM pg_catalog.pg_event_trigger
) x ORDER BY line COLLATE "C"
