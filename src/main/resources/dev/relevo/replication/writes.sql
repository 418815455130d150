-- Rows written to each table of the users' since its statistics began.
SELECT s.relid::bigint AS oid, s.n_tup_ins + s.n_tup_upd + s.n_tup_del AS writes
FROM pg_catalog.pg_stat_user_tables s
