-- A row for everything that keeps clients from writing to this database.
SELECT 'default_transaction_read_only is on' AS why
FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
WHERE d.datname = pg_catalog.current_database() AND s.setrole = 0
  AND EXISTS (SELECT FROM pg_catalog.unnest(s.setconfig) c WHERE c = 'default_transaction_read_only=on')
UNION ALL
SELECT 'the fence is raised' WHERE relevo.fence_is_raised()
