-- ALTER DATABASE ... SET and ALTER ROLE ... IN DATABASE ... SET of this database; an empty role stands for all.
SELECT coalesce(r.rolname, '') AS role, pg_catalog.unnest(s.setconfig) AS setting
FROM pg_catalog.pg_db_role_setting s
JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase AND d.datname = pg_catalog.current_database()
LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
WHERE s.setrole = 0 OR r.rolname !~ '^relevo_[0-9a-f]{8}_(reads|applies)_(old|new)(_[0-9]+)?$'
ORDER BY 1, 2
