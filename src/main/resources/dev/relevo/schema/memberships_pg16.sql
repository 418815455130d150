-- Who is a member of what; several grants of one membership count as one.
SELECT g.rolname AS role, m.rolname AS member, bool_or(a.admin_option) AS admin,
       bool_or(a.inherit_option) AS inherits, bool_or(a.set_option) AS sets
FROM pg_catalog.pg_auth_members a
JOIN pg_catalog.pg_roles g ON g.oid = a.roleid
JOIN pg_catalog.pg_roles m ON m.oid = a.member
WHERE m.rolname !~ '^pg_' AND m.rolname !~ '^relevo_[0-9a-f]{8}_(reads|applies)_(old|new)(_[0-9]+)?$' AND g.rolname !~ '^relevo_[0-9a-f]{8}_(reads|applies)_(old|new)(_[0-9]+)?$'
GROUP BY g.rolname, m.rolname
ORDER BY g.rolname, m.rolname
