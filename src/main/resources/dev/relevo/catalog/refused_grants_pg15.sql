-- Who may set session_replication_role without being a superuser, and with it pass every fence. CASCADE: what he has
-- granted further goes with it.
SELECT pg_catalog.format('REVOKE %s ON PARAMETER session_replication_role FROM %s CASCADE;', a.privilege_type, w.who) AS statement,
       w.who, a.privilege_type AS privilege
FROM pg_catalog.pg_parameter_acl p
CROSS JOIN LATERAL pg_catalog.aclexplode(p.paracl) a
LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
CROSS JOIN LATERAL (SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(r.rolname) END AS who) w
WHERE p.parname = 'session_replication_role' AND r.rolsuper IS NOT TRUE
ORDER BY 1
