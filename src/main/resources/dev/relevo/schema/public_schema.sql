-- Schema public as the statements that make it what it is: owner, privileges, comment.
SELECT 'ALTER SCHEMA public OWNER TO ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(n.nspowner)) AS sql
FROM pg_catalog.pg_namespace n WHERE n.nspname = 'public'
UNION ALL
SELECT 'GRANT ' || a.privilege_type || ' ON SCHEMA public TO '
       || CASE a.grantee WHEN 0 THEN 'PUBLIC'
               ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END
       || CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
FROM pg_catalog.pg_namespace n
CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) a
WHERE n.nspname = 'public'
UNION ALL
SELECT 'COMMENT ON SCHEMA public IS '
       || coalesce(pg_catalog.quote_literal(pg_catalog.obj_description(n.oid, 'pg_namespace')), 'NULL')
FROM pg_catalog.pg_namespace n WHERE n.nspname = 'public'
