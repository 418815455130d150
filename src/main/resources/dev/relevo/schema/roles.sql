-- Every role but PostgreSQL's own and Relevo's, with its password's verifier; needs a superuser. Times in UTC, so that
-- they read alike whatever time zone a server has.
SELECT r.rolname AS name, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication,
       r.rolbypassrls, r.rolconnlimit, r.rolpassword, r.oid = 10 AS bootstrap,
       CASE WHEN pg_catalog.isfinite(r.rolvaliduntil)
            THEN pg_catalog.to_char(pg_catalog.timezone('UTC', r.rolvaliduntil), 'YYYY-MM-DD HH24:MI:SS.US') || '+00'
            ELSE r.rolvaliduntil::text END AS valid_until,
       pg_catalog.shobj_description(r.oid, 'pg_authid') AS comment
FROM pg_catalog.pg_authid r
WHERE r.rolname !~ '^pg_' AND r.rolname !~ '^relevo_[0-9a-f]{8}_(reads|applies)_(old|new)(_[0-9]+)?$'
ORDER BY r.rolname
