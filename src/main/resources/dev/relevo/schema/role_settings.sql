-- ALTER ROLE ... SET and ALTER ROLE ALL SET for all databases; an empty role stands for ALL.
SELECT coalesce(r.rolname, '') AS role, pg_catalog.unnest(s.setconfig) AS setting
FROM pg_catalog.pg_db_role_setting s
LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
WHERE s.setdatabase = 0 AND (s.setrole = 0 OR r.rolname !~ '^pg_' AND r.rolname !~ '^relevo_[0-9a-f]{8}_(reads|applies)_(old|new)(_[0-9]+)?$')
ORDER BY 1, 2
