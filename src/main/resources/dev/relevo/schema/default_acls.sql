-- ALTER DEFAULT PRIVILEGES: whose objects, in which schema (an empty one: in all), of which kind, and what is granted.
SELECT pg_catalog.pg_get_userbyid(d.defaclrole)::text AS role, coalesce(n.nspname, '') AS schema,
       d.defaclobjtype::text AS kind,
       ARRAY(SELECT pg_catalog.concat_ws(pg_catalog.chr(1), a.privilege_type, a.is_grantable,
                 pg_catalog.pg_get_userbyid(a.grantor), pg_catalog.pg_get_userbyid(nullif(a.grantee, 0)))
             FROM pg_catalog.aclexplode(d.defaclacl) a) AS grants
FROM pg_catalog.pg_default_acl d
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
ORDER BY 1, 2, 3
