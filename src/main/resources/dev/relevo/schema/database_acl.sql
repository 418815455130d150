-- This database: its owner, its comment and who may do what with it.
SELECT pg_catalog.pg_get_userbyid(d.datdba)::text AS owner,
       coalesce(pg_catalog.shobj_description(d.oid, 'pg_database'), '') AS comment,
       ARRAY(SELECT pg_catalog.concat_ws(pg_catalog.chr(1), a.privilege_type, a.is_grantable,
                 pg_catalog.pg_get_userbyid(a.grantor), pg_catalog.pg_get_userbyid(nullif(a.grantee, 0)))
             FROM pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a) AS grants
FROM pg_catalog.pg_database d
WHERE d.datname = pg_catalog.current_database()
