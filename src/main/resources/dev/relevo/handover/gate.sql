-- The gate at which clients wait, and who opens it.

-- Opens this side to clients, all in one commit: the fence, the privileges, the read-only default; and stops what it
-- followed by, because both directions at once would echo every change for ever. Under a lock on ${state}.
CREATE OR REPLACE FUNCTION relevo.open_now() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog SET session_replication_role = replica AS $$
DECLARE
    subscription name;
BEGIN
    PERFORM relevo.without_event_triggers();
    PERFORM relevo.set_fence(false, txid_current());
    PERFORM relevo.open_schemas();
    PERFORM relevo.give_back_sequences();
    EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only', current_database());
    FOR subscription IN
        SELECT s.subname FROM pg_catalog.pg_subscription s
        WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())
          AND s.subname ~ relevo.named('_(old|new)(_[0-9]+)?$') AND s.subenabled
    LOOP
        EXECUTE format('ALTER SUBSCRIPTION %I DISABLE', subscription);
    END LOOP;
    UPDATE ${state} SET status = 'open', since = clock_timestamp();
END $$;

-- Runs in each apply worker when the commit that fenced the other side arrives here. If the coordinator opened
-- this side, there is nothing to do; if it died, this opens when the mark has come through every subscription, for then
-- all of them have everything. A worker that comes while another one is here waits for the lock until that one has
-- committed, and so sees its mark: whoever is last sees all. The advisory lock tells relevo.keep_gate() that the
-- mark is here, before it can be seen.
CREATE OR REPLACE FUNCTION relevo.open_gate() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(735386, 3);
    LOCK TABLE pg_catalog.pg_namespace IN ROW EXCLUSIVE MODE;  -- waits for the coordinator's transaction
    LOCK TABLE ${state} IN EXCLUSIVE MODE;                 -- and for the watchdog
    IF NOT EXISTS (SELECT FROM ${state} s WHERE s.status = 'open') AND relevo.has_arrived(NEW.id) THEN
        PERFORM relevo.open_now();
    END IF;
    RETURN NULL;
END $$;

-- How many apply workers have the fenced mark: those that have committed it, and those that wait behind the gate with it.
CREATE OR REPLACE FUNCTION relevo.has_come(mark text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RETURN (SELECT count(*) FROM relevo.marks m WHERE m.id = mark)
         + (SELECT count(DISTINCT l.pid) FROM pg_catalog.pg_locks l
            WHERE l.locktype = 'advisory' AND l.classid = 735386 AND l.objid = 3 AND l.objsubid = 2 AND l.granted
              AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database()))
        >= (SELECT s.subscriptions FROM ${state} s);
END $$;

-- Who waits at the gate with a snapshot, all of which are older than the opening: READ COMMITTED takes a new one when it goes
-- on, REPEATABLE READ and SERIALIZABLE do not, and neither does COPY TO, whatever the isolation level. COPY TO is ended here;
-- the others cannot be told apart before they go on, and are returned.
--
-- Only those whose xmin no snapshot can have that is taken after our commit: nobody runs who is older than ours, or at
-- least their xmin is older still.
CREATE OR REPLACE FUNCTION relevo.old_snapshots() RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    here   oid := (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database());
    ours   oid := (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = session_user);
    me     bigint := txid_current();
    oldest bigint := txid_snapshot_xmin(txid_current_snapshot());
    found  jsonb;
BEGIN
    PERFORM pg_stat_clear_snapshot();
    SELECT coalesce(jsonb_agg(jsonb_build_object('pid', a.pid, 'begun', a.xact_start, 'xmin', a.backend_xmin::text,
                                                 'query', a.query)), '[]') INTO found
    FROM pg_catalog.pg_locks l JOIN pg_stat_get_activity(NULL) a ON a.pid = l.pid
    WHERE l.locktype = 'relation' AND l.database = here AND l.relation = 'pg_catalog.pg_namespace'::regclass AND NOT l.granted
      AND a.backend_type = 'client backend' AND a.backend_xmin IS NOT NULL
      AND NOT (a.application_name LIKE 'relevo %' AND a.usesysid = ours)
      AND age(a.backend_xmin) >= age((oldest % 4294967296)::text::xid) + CASE WHEN oldest < me THEN 1 ELSE 0 END;
    PERFORM pg_terminate_backend(f.pid) FROM jsonb_to_recordset(found) f (pid int, query text)
    WHERE f.query ~* '(^|;)\s*copy\M[^;]*\mto\M';
    RETURN found;
END $$;

-- Ends the sessions that go on with such a snapshot, as soon as they show it: their first statement has ended, or they began
-- another one. Those that have a new one, or have ended their transaction, are left alone. For at most 3 s.
CREATE OR REPLACE FUNCTION relevo.end_old_snapshots(suspects jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    opened timestamptz := clock_timestamp();
BEGIN
    WHILE jsonb_array_length(suspects) > 0 AND clock_timestamp() < opened + interval '3 s' LOOP
        PERFORM pg_stat_clear_snapshot();
        SELECT coalesce(jsonb_agg(s) FILTER (WHERE NOT s.shown OR NOT pg_terminate_backend(s.pid)), '[]') INTO suspects
        FROM (SELECT s.*, a.state LIKE 'idle in transaction%' OR a.query_start > opened AS shown
              FROM jsonb_to_recordset(suspects) s (pid int, begun timestamptz, xmin text), pg_stat_get_activity(s.pid) a
              WHERE a.xact_start = s.begun AND a.backend_xmin::text = s.xmin) s;
        PERFORM pg_sleep(0.0005);
    END LOOP;
END $$;

-- The keeper of the gate. It asks for the gate's lock before any client comes to wait for it, so it is the next to have
-- it, however the gate's transaction ends; nobody meets a side whose state is not settled.
--   open: it lets the clients go on, at once.
--   not open, and the fenced mark has come: the other side is fenced, so it opens.
--   not open: the handover is undone, or the coordinator is gone. It lets the watchdog work, which ends the sessions of the
--   clients, and then gives the privileges back; who comes later finds schemas, and a fence.
-- `locker` is the coordinator's session that the watchdog waits for: if only the gate's transaction has ended, this one has
-- to end as well. Without a watchdog it does the work itself.
CREATE OR REPLACE PROCEDURE relevo.keep_gate(locker int, fenced text)
LANGUAGE plpgsql AS $$
DECLARE
    deadline timestamptz;
    alone    boolean;
    opened   boolean;
    stale    jsonb;
BEGIN
    LOCK TABLE pg_catalog.pg_namespace IN ACCESS EXCLUSIVE MODE;
    opened := EXISTS (SELECT FROM ${state} s WHERE s.status = 'open');
    IF opened THEN
        -- The lock has given this transaction an xid; its commit must not wait for the disk while clients do.
        PERFORM pg_catalog.set_config('synchronous_commit', 'off', true);
    ELSE
        deadline := pg_catalog.clock_timestamp() + interval '10 s';
        PERFORM pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_get_activity(NULL) a
            WHERE a.pid = locker AND a.application_name LIKE 'relevo %';
        LOOP
            IF relevo.has_come(fenced) THEN
                LOCK TABLE ${state} IN EXCLUSIVE MODE;
                IF NOT EXISTS (SELECT FROM ${state} s WHERE s.status = 'open') THEN
                    PERFORM relevo.open_now();
                END IF;
                opened := true;
                EXIT;
            END IF;
            alone := pg_catalog.pg_try_advisory_xact_lock_shared(735386, 4);
            EXIT WHEN alone OR pg_catalog.clock_timestamp() > deadline;
            PERFORM pg_catalog.pg_sleep(0.001);
        END LOOP;
    END IF;
    IF opened THEN
        stale := relevo.old_snapshots();
        PERFORM pg_catalog.set_config('relevo.opened', pg_catalog.clock_timestamp()::text, false);
        COMMIT;  -- the clients go on
        PERFORM relevo.end_old_snapshots(stale);
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_db_role_setting r
                   WHERE r.setdatabase = (SELECT d.oid FROM pg_catalog.pg_database d
                                          WHERE d.datname = pg_catalog.current_database())
                     AND r.setrole = 0 AND 'default_transaction_read_only=on' = ANY (r.setconfig)) THEN
        IF alone THEN
            LOCK TABLE ${state} IN EXCLUSIVE MODE;
            EXECUTE pg_catalog.format('ALTER DATABASE %I SET default_transaction_read_only = on', pg_catalog.current_database());
        END IF;
        PERFORM relevo.send_away(ARRAY(SELECT l.pid FROM pg_catalog.pg_locks l
            WHERE l.relation = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND NOT l.granted));
    END IF;
    PERFORM relevo.open_schemas();
END $$;
