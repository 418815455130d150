-- Refuses every write behind the fence. Apply workers pass: they run with session_replication_role=replica,
-- which fires no ordinary trigger.
CREATE OR REPLACE FUNCTION relevo.fence() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $relevo$
BEGIN
    IF pg_catalog.current_setting('session_replication_role') = 'replica' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'this database has been handed over to another server'
        USING ERRCODE = 'read_only_sql_transaction',
              DETAIL = pg_catalog.format('%s on table %I.%I was refused.', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME),
              HINT = 'Connect to the other server; clients that list both with target_session_attrs=read-write find it.';
END
$relevo$
