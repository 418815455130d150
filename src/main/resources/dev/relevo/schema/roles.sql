-- Every role but PostgreSQL's own and Relevo's, with its password's verifier; needs a superuser.
SELECT r.rolname AS name, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication,
       r.rolbypassrls, r.rolconnlimit, r.rolvaliduntil::text AS valid_until, r.rolpassword,
       pg_catalog.shobj_description(r.oid, 'pg_authid') AS comment
FROM pg_catalog.pg_authid r
WHERE r.rolname !~ '^pg_' AND r.rolname !~ '^relevo_[0-9a-f]{8}_(reads|applies)_(old|new)(_[0-9]+)?$'
ORDER BY r.rolname
