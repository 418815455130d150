-- Who is a member of what, and who granted it; an empty grantor stands for the first superuser. Before 16 the options did not exist.
SELECT g.rolname AS role, m.rolname AS member, CASE b.oid WHEN 10 THEN '' ELSE coalesce(b.rolname, '') END AS grantor,
       a.admin_option AS admin, NULL::boolean AS inherits, NULL::boolean AS sets
FROM pg_catalog.pg_auth_members a
JOIN pg_catalog.pg_roles g ON g.oid = a.roleid
JOIN pg_catalog.pg_roles m ON m.oid = a.member
LEFT JOIN pg_catalog.pg_roles b ON b.oid = a.grantor
WHERE m.rolname !~ '^pg_' AND m.rolname !~ '^relevo_[0-9a-f]{8}_(reads|applies)_(old|new)(_[0-9]+)?$'
  AND g.rolname !~ '^relevo_[0-9a-f]{8}_(reads|applies)_(old|new)(_[0-9]+)?$'
ORDER BY 1, 2, 3
