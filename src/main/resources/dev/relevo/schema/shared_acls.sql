-- Privileges on tablespaces and their comments; before 15 there are no parameters to be granted.
SELECT 'TABLESPACE' AS kind, t.spcname::text AS name, pg_catalog.pg_get_userbyid(t.spcowner)::text AS owner,
       coalesce(pg_catalog.shobj_description(t.oid, 'pg_tablespace'), '') AS comment,
       ARRAY(SELECT pg_catalog.concat_ws(pg_catalog.chr(1), a.privilege_type, a.is_grantable,
                 pg_catalog.pg_get_userbyid(a.grantor), pg_catalog.pg_get_userbyid(nullif(a.grantee, 0)))
             FROM pg_catalog.aclexplode(t.spcacl) a WHERE a.grantee <> t.spcowner) AS grants
FROM pg_catalog.pg_tablespace t
ORDER BY 1, 2
