-- What has an owner or privileges in this database, by an address that means the same on both servers, as statements
-- write it. Privileges are given where somebody granted or revoked any: grantee, grantor, privilege and whether it may
-- be granted on, with an empty grantee for PUBLIC. Of what came with PostgreSQL or an extension only what was granted
-- since, and no owner. An empty column is the object as a whole.
WITH ours AS (
    SELECT n.oid, n.nspname, pg_catalog.quote_ident(n.nspname) AS name FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_(toast|temp_|toast_temp_)' AND n.nspname <> 'relevo'
), objects AS (
    SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, 'TABLE' AS alter_kind,
           n.name || '.' || pg_catalog.quote_ident(c.relname) AS name, ''::text AS col,
           'pg_catalog.pg_class'::pg_catalog.regclass AS class, c.oid, 0 AS sub, c.relowner AS owner, c.relacl AS acl,
           c.relkind = 'S' AND EXISTS (SELECT FROM pg_catalog.pg_depend d
                                       WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
                                         AND d.refclassid = d.classid AND d.deptype IN ('a', 'i')) AS follows
    FROM pg_catalog.pg_class c JOIN ours n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL
    SELECT 'TABLE', '', n.name || '.' || pg_catalog.quote_ident(c.relname), pg_catalog.quote_ident(a.attname),
           'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, a.attnum, c.relowner, a.attacl, false
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    JOIN ours n ON n.oid = c.relnamespace
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT 'ROUTINE', 'ROUTINE',
           n.name || '.' || pg_catalog.quote_ident(p.proname) || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')',
           '',
           'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 0, p.proowner, p.proacl, false
    FROM pg_catalog.pg_proc p JOIN ours n ON n.oid = p.pronamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') OR p.proacl IS NOT NULL
    UNION ALL
    SELECT 'SCHEMA', 'SCHEMA', n.name, '', 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, 0, s.nspowner,
           s.nspacl, false
    FROM ours n JOIN pg_catalog.pg_namespace s ON s.oid = n.oid
    UNION ALL
    SELECT 'TYPE', 'TYPE', n.name || '.' || pg_catalog.quote_ident(t.typname), '',
           'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, 0, t.typowner, t.typacl, false
    FROM pg_catalog.pg_type t JOIN ours n ON n.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
    WHERE (t.typrelid = 0 OR c.relkind = 'c') AND t.typtype <> 'm'
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid)
      AND (n.nspname NOT IN ('pg_catalog', 'information_schema') OR t.typacl IS NOT NULL)
    UNION ALL
    SELECT 'LANGUAGE', 'LANGUAGE', pg_catalog.quote_ident(l.lanname), '',
           'pg_catalog.pg_language'::pg_catalog.regclass, l.oid, 0, l.lanowner, l.lanacl, false
    FROM pg_catalog.pg_language l WHERE l.lanispl AND l.lanpltrusted
    UNION ALL
    SELECT 'FOREIGN DATA WRAPPER', 'FOREIGN DATA WRAPPER', pg_catalog.quote_ident(w.fdwname), '',
           'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, w.oid, 0, w.fdwowner, w.fdwacl, false
    FROM pg_catalog.pg_foreign_data_wrapper w
    UNION ALL
    SELECT 'FOREIGN SERVER', 'SERVER', pg_catalog.quote_ident(s.srvname), '',
           'pg_catalog.pg_foreign_server'::pg_catalog.regclass, s.oid, 0, s.srvowner, s.srvacl, false
    FROM pg_catalog.pg_foreign_server s
    UNION ALL
    SELECT '', 'COLLATION', n.name || '.' || pg_catalog.quote_ident(c.collname), '',
           'pg_catalog.pg_collation'::pg_catalog.regclass, c.oid, 0, c.collowner, NULL, false
    FROM pg_catalog.pg_collation c JOIN ours n ON n.oid = c.collnamespace WHERE n.nspname <> 'pg_catalog'
    UNION ALL
    SELECT '', 'CONVERSION', n.name || '.' || pg_catalog.quote_ident(c.conname), '',
           'pg_catalog.pg_conversion'::pg_catalog.regclass, c.oid, 0, c.conowner, NULL, false
    FROM pg_catalog.pg_conversion c JOIN ours n ON n.oid = c.connamespace WHERE n.nspname <> 'pg_catalog'
    UNION ALL
    SELECT '', 'STATISTICS', n.name || '.' || pg_catalog.quote_ident(s.stxname), '',
           'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, s.oid, 0, s.stxowner, NULL, false
    FROM pg_catalog.pg_statistic_ext s JOIN ours n ON n.oid = s.stxnamespace
    UNION ALL
    SELECT '', 'TEXT SEARCH CONFIGURATION', n.name || '.' || pg_catalog.quote_ident(c.cfgname), '',
           'pg_catalog.pg_ts_config'::pg_catalog.regclass, c.oid, 0, c.cfgowner, NULL, false
    FROM pg_catalog.pg_ts_config c JOIN ours n ON n.oid = c.cfgnamespace WHERE n.nspname <> 'pg_catalog'
    UNION ALL
    SELECT '', 'TEXT SEARCH DICTIONARY', n.name || '.' || pg_catalog.quote_ident(d.dictname), '',
           'pg_catalog.pg_ts_dict'::pg_catalog.regclass, d.oid, 0, d.dictowner, NULL, false
    FROM pg_catalog.pg_ts_dict d JOIN ours n ON n.oid = d.dictnamespace WHERE n.nspname <> 'pg_catalog'
), builtin AS (
    SELECT o.*, o.oid < 16384 AND NOT (o.kind = 'SCHEMA' AND o.name = 'public')
                OR EXISTS (SELECT FROM pg_catalog.pg_depend d
                           WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e') AS given
    FROM objects o
)
SELECT b.kind, b.alter_kind, b.name, b.col, b.given,
       CASE WHEN b.given OR b.follows OR b.alter_kind = '' THEN ''
            ELSE pg_catalog.pg_get_userbyid(b.owner)::text END AS owner,
       pg_catalog.pg_get_userbyid(b.owner)::text AS real_owner, b.acl IS NULL AS untouched,
       CASE WHEN b.acl IS NOT NULL THEN ARRAY(
           SELECT pg_catalog.concat_ws(pg_catalog.chr(1), a.privilege_type, a.is_grantable,
                 pg_catalog.pg_get_userbyid(a.grantor), pg_catalog.pg_get_userbyid(nullif(a.grantee, 0)))
           FROM pg_catalog.aclexplode(b.acl) a
           WHERE NOT (b.given AND (a.grantee = b.owner OR (a.grantee = 0 AND b.name LIKE 'information\_schema.%')
             OR EXISTS (
               SELECT FROM pg_catalog.pg_init_privs i CROSS JOIN LATERAL pg_catalog.aclexplode(i.initprivs) x
               WHERE i.classoid = b.class AND i.objoid = b.oid AND i.objsubid = b.sub AND x.grantee = a.grantee
                 AND x.privilege_type = a.privilege_type)))
       ) ELSE '{}' END AS grants
FROM builtin b
WHERE NOT b.given OR b.acl IS NOT NULL
ORDER BY 1, 2, 3, 4
