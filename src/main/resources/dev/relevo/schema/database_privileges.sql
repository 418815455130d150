-- Who may do what with this database; an empty grantee stands for PUBLIC.
SELECT coalesce(r.rolname, '') AS grantee, a.privilege_type AS privilege, bool_or(a.is_grantable) AS grantable
FROM pg_catalog.pg_database d
CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a
LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
WHERE d.datname = pg_catalog.current_database() AND (a.grantee = 0 OR r.rolname !~ '^relevo_[0-9a-f]{8}_(reads|applies)_(old|new)(_[0-9]+)?$')
GROUP BY 1, 2
ORDER BY 1, 2
