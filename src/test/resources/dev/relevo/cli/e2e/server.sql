SELECT line FROM (
    SELECT pg_catalog.format('role %s %s', a.rolname, pg_catalog.to_jsonb(a) - 'oid') AS line
    FROM pg_catalog.pg_authid a
    UNION ALL
    SELECT pg_catalog.format('member %s of %s, admin %s', m.member::regrole, m.roleid::regrole, m.admin_option)
    FROM pg_catalog.pg_auth_members m
    UNION ALL
    SELECT pg_catalog.format('setting %s of role %s in database %s', c.setting, s.setrole::regrole, d.datname)
    FROM pg_catalog.pg_db_role_setting s
    CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) c (setting)
    LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
    UNION ALL
    SELECT pg_catalog.format('database %s owner %s limit %s acl %s comment %s', d.datname, d.datdba::regrole, d.datconnlimit,
        (SELECT pg_catalog.string_agg(x::text, ' ' ORDER BY x::text)
         FROM pg_catalog.unnest(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) x),
        pg_catalog.shobj_description(d.oid, 'pg_database'))
    FROM pg_catalog.pg_database d
    UNION ALL
    SELECT pg_catalog.format('slot %s', slot_name) FROM pg_catalog.pg_replication_slots
    UNION ALL
    SELECT pg_catalog.format('origin %s', roname) FROM pg_catalog.pg_replication_origin
    UNION ALL
    SELECT pg_catalog.format('subscription %s', subname) FROM pg_catalog.pg_subscription
    UNION ALL
    SELECT pg_catalog.format('comment on role %s: %s', r.rolname, pg_catalog.shobj_description(r.oid, 'pg_authid'))
    FROM pg_catalog.pg_roles r WHERE pg_catalog.shobj_description(r.oid, 'pg_authid') IS NOT NULL
    UNION ALL
    SELECT pg_catalog.format('file %s = %s', name, setting) FROM pg_catalog.pg_file_settings WHERE sourcefile LIKE '%auto.conf'
    UNION ALL
    SELECT pg_catalog.format('advisory lock of %s', l.pid) FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory'
) x ORDER BY line COLLATE "C"
