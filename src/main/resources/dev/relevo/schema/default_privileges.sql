-- ALTER DEFAULT PRIVILEGES, as the statements that take each back to what holds without any.
SELECT 'ALTER DEFAULT PRIVILEGES FOR ROLE ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(d.defaclrole))
       || coalesce(' IN SCHEMA ' || pg_catalog.quote_ident(n.nspname), '')
       || CASE a.verb WHEN 'REVOKE' THEN ' REVOKE ALL' ELSE ' GRANT ' || a.privilege END
       || ' ON ' || CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
                         WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END
       || CASE a.verb WHEN 'REVOKE' THEN ' FROM ' ELSE ' TO ' END
       || CASE a.grantee WHEN 0 THEN 'PUBLIC'
               ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS sql
FROM pg_catalog.pg_default_acl d
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
CROSS JOIN LATERAL (
    SELECT DISTINCT 'REVOKE' AS verb, x.grantee, '' AS privilege FROM pg_catalog.aclexplode(d.defaclacl) x
    UNION ALL
    SELECT 'GRANT', x.grantee, x.privilege_type
    FROM pg_catalog.aclexplode(pg_catalog.acldefault(
             CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole)) x
    WHERE d.defaclnamespace = 0) a
ORDER BY d.oid, a.verb DESC
