-- The fence: whether clients may write, whatever they have set.

-- Raises or opens the fence. On every table of both sides stands the trigger relevo_fence, enabled ALWAYS, and calls
-- one function, relevo.fence(): what that does is switched here, in one row of the catalog, however many tables there are.
-- A statement looks the function up anew when it gets its lock on the table, whatever its transaction's snapshot
-- is; so whoever gets a table behind our lock meets the new one.
--
-- Raised, it lets two pass, both in role replica: replication's workers (their TRUNCATE fires statement triggers) and our own
-- copy, which says so by a setting. It sees the kind of a worker only with the rights of its owner.
--
-- Opened by a transaction (`since`, its xid), it refuses to write under a snapshot that is older than that, which may not have
-- what came by replication before: STABLE, so that it is asked under the snapshot of the statement.
--
-- As a replica, so that no event trigger of the users' has a say.
CREATE OR REPLACE FUNCTION relevo.set_fence(raised boolean, since bigint DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog SET session_replication_role = replica SET check_function_bodies = off AS $$
BEGIN
    IF raised THEN
        EXECUTE $make$
CREATE OR REPLACE FUNCTION relevo.fence() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $fence$
BEGIN
    IF current_setting('session_replication_role') = 'replica'
        AND (current_setting('relevo.passes_fence', true) = 'on'
             OR EXISTS (SELECT FROM pg_stat_get_activity(pg_backend_pid()) a
                        WHERE a.backend_type LIKE 'logical replication%')) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'this database has been handed over to another server'
        USING ERRCODE = 'read_only_sql_transaction',
              DETAIL = format('%s on table %I.%I was refused.', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME),
              HINT = 'Connect to the other server; clients that list both with target_session_attrs=read-write find it.';
END
$fence$
$make$;
    ELSIF since IS NULL THEN
        EXECUTE $make$
CREATE OR REPLACE FUNCTION relevo.fence() RETURNS trigger
LANGUAGE plpgsql STABLE SECURITY INVOKER AS $fence$
BEGIN
    RETURN NULL;
END
$fence$
$make$;
    ELSE
        EXECUTE format($make$
CREATE OR REPLACE FUNCTION relevo.fence() RETURNS trigger
LANGUAGE plpgsql STABLE SECURITY INVOKER AS $fence$
BEGIN
    IF NOT pg_catalog.txid_visible_in_snapshot(%s, pg_catalog.txid_current_snapshot()) THEN
        RAISE EXCEPTION 'could not write under a snapshot that is older than the opening of this database'
            USING ERRCODE = 'serialization_failure',
                  DETAIL = pg_catalog.format('%%s on table %%I.%%I was refused.', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME),
                  HINT = 'Run the transaction again.';
    END IF;
    RETURN NULL;
END
$fence$
$make$, since);
    END IF;
END $$;

-- Whether the fence is raised: only then does its function run with the rights of its owner.
CREATE OR REPLACE FUNCTION relevo.fence_is_raised() RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RETURN (SELECT p.prosecdef FROM pg_catalog.pg_proc p WHERE p.oid = 'relevo.fence()'::regprocedure);
END $$;

-- Those of these tables on which the fence does not stand, or does not fire for everybody.
CREATE OR REPLACE FUNCTION relevo.without_fence(tables text[]) RETURNS SETOF text
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RETURN QUERY
    SELECT t FROM unnest(tables) t
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
                      WHERE g.tgrelid = t::regclass AND g.tgfoid = 'relevo.fence()'::regprocedure AND g.tgenabled = 'A');
END $$;

-- In a transaction that does DDL where clients may have event triggers: from 17 on a setting keeps even those away that are
-- ENABLE ALWAYS or REPLICA; before, they are refused beforehand. The others do not fire in a replica.
CREATE OR REPLACE FUNCTION relevo.without_event_triggers() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF current_setting('server_version_num')::int >= 170000 THEN
        PERFORM set_config('event_triggers', 'off', true);
    END IF;
END $$;
