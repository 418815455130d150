-- What the handover runs in each of the two databases; may be run any number of times, also over what an older Relevo
-- left there. Belongs to the superuser who runs it and is of use to nobody else.

-- Closes every schema of the users by taking all privileges on it away; superusers are not stopped.
CREATE OR REPLACE FUNCTION relevo.close_schemas() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO relevo.saved_acl (schema, acl)
    SELECT n.oid, n.nspacl
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'relevo')
    ON CONFLICT DO NOTHING;
    -- An empty array would be no valid list of privileges; this one gives the bootstrap superuser what it has anyway.
    UPDATE pg_catalog.pg_namespace n SET nspacl = ARRAY[pg_catalog.makeaclitem(10, 10, 'USAGE', false)]
    FROM relevo.saved_acl s WHERE s.schema = n.oid;
END $$;

-- Gives the privileges back exactly as they were.
CREATE OR REPLACE FUNCTION relevo.open_schemas() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    UPDATE pg_catalog.pg_namespace n SET nspacl = s.acl
    FROM relevo.saved_acl s WHERE s.schema = n.oid;
    DELETE FROM relevo.saved_acl;
END $$;

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

-- Runs in the apply worker: makes it look up every replicated table by name, so that it needs nothing from
-- pg_namespace while the gate is shut.
CREATE OR REPLACE FUNCTION relevo.warm_up() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM to_regclass(quote_ident(p.schemaname) || '.' || quote_ident(p.tablename))
    FROM pg_catalog.pg_publication_tables p
    WHERE p.pubname = relevo.named(regexp_replace(TG_TABLE_NAME, '^nonce_(old|new)', ''));
    PERFORM pg_advisory_xact_lock_shared(735386, 3);  -- as open_gate() does
    RETURN NULL;
END $$;

-- Opens this side to clients, all in one commit: the fence, the privileges, the read-only default; and stops what it
-- followed by, because both directions at once would echo every change for ever. Under a lock on relevo.state.
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
    UPDATE relevo.state SET status = 'open', since = clock_timestamp();
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
    LOCK TABLE relevo.state IN EXCLUSIVE MODE;                 -- and for the watchdog
    IF NOT EXISTS (SELECT FROM relevo.state s WHERE s.status = 'open') AND relevo.has_arrived(NEW.id) THEN
        PERFORM relevo.open_now();
    END IF;
    RETURN NULL;
END $$;

-- The tables of marks of a side, one for each subscription.
CREATE OR REPLACE FUNCTION relevo.nonces(of_side text) RETURNS SETOF text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
    RETURN QUERY
    SELECT concat('nonce_', of_side, '_' || nullif(n, 1))
    FROM relevo.state s, generate_series(1, s.subscriptions) n
    ORDER BY n;
END $$;

-- Makes the tables of marks that are sent through replication. Each side publishes only those that bear its name, so that
-- a mark never comes back, and each subscription has one, so that none is applied twice. The first letter of a mark says
-- what it asks for: w warm up, b barrier, f fenced.
CREATE OR REPLACE FUNCTION relevo.make_marks() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    nonce text;
BEGIN
    FOR nonce IN SELECT n FROM relevo.nonces('old') n UNION ALL SELECT n FROM relevo.nonces('new') n LOOP
        EXECUTE format('CREATE TABLE IF NOT EXISTS relevo.%I (id text PRIMARY KEY)', nonce);
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t
                       WHERE t.tgrelid = ('relevo.' || nonce)::pg_catalog.regclass AND t.tgname = 'relevo_open_gate') THEN
            EXECUTE pg_catalog.format('CREATE TRIGGER relevo_warm_up AFTER INSERT ON relevo.%I FOR EACH ROW '
                'WHEN (pg_catalog.left(NEW.id, 1) = ''w'') EXECUTE PROCEDURE relevo.warm_up()', nonce);
            EXECUTE pg_catalog.format('CREATE TRIGGER relevo_open_gate AFTER INSERT ON relevo.%I FOR EACH ROW '
                'WHEN (pg_catalog.left(NEW.id, 1) = ''f'') EXECUTE PROCEDURE relevo.open_gate()', nonce);
            EXECUTE pg_catalog.format('ALTER TABLE relevo.%I ENABLE REPLICA TRIGGER relevo_warm_up, '
                'ENABLE REPLICA TRIGGER relevo_open_gate', nonce);
        END IF;
    END LOOP;
    EXECUTE (SELECT 'CREATE OR REPLACE VIEW relevo.marks (id) AS '
                    || string_agg(format('SELECT id FROM relevo.%I', n), ' UNION ALL ')
             FROM (SELECT relevo.nonces('old') AS n UNION ALL SELECT relevo.nonces('new')) o);
END $$;

-- Sends a mark through every subscription to the other side. As the origin of it: what a mark sets off fires in a replica.
CREATE OR REPLACE FUNCTION relevo.send(mark text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog SET session_replication_role = origin AS $$
DECLARE
    nonce text;
BEGIN
    FOR nonce IN SELECT n FROM relevo.state s, relevo.nonces(s.side) n LOOP
        EXECUTE format('INSERT INTO relevo.%I (id) VALUES ($1)', nonce) USING mark;
    END LOOP;
END $$;

-- Whether a mark of the other side's has come through every subscription.
CREATE OR REPLACE FUNCTION relevo.has_arrived(mark text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RETURN (SELECT count(*) FROM relevo.marks m WHERE m.id = mark) = (SELECT s.subscriptions FROM relevo.state s);
END $$;

-- Waits for the sessions that are starting in this database just now. A starting backend holds ROW EXCLUSIVE on the
-- database from before it reads its settings until after it shows up in pg_stat_activity, so whoever starts after the
-- first look here sees the settings as they are now, and whoever started before has shown up when this returns.
-- Returns the sessions that may have read them before, which are those that start or have shown up at the first look;
-- every other one is read-only by default, however long ago its process began: logging in may take long, and comes
-- before all this.
CREATE OR REPLACE FUNCTION relevo.await_starting() RETURNS int[]
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    deadline timestamptz := clock_timestamp() + interval '2 s';
    here     oid := (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database());
    starting int[] := ARRAY(SELECT l.pid FROM pg_catalog.pg_locks l
        WHERE l.locktype = 'object' AND l.classid = 'pg_catalog.pg_database'::regclass AND l.objid = here);
    shown    int[];
BEGIN
    PERFORM pg_stat_clear_snapshot();  -- behind the look at the locks: who is not there any more has shown up
    shown := ARRAY(SELECT a.pid FROM pg_stat_get_activity(NULL) a
        WHERE a.datid = here AND a.backend_type = 'client backend');
    WHILE clock_timestamp() < deadline AND EXISTS (SELECT FROM pg_catalog.pg_locks l
        WHERE l.locktype = 'object' AND l.classid = 'pg_catalog.pg_database'::regclass AND l.objid = here
          AND l.pid = ANY (starting))
    LOOP
        PERFORM pg_sleep(0.0005);
    END LOOP;
    RETURN starting || shown;
END $$;

-- Sends away the sessions of clients that stand between two transactions, again and again for at most `slice`,
-- and tells how many are left that may still write. Called in a loop by the coordinator, which names them.
--
-- A session counts when it is one of the `early` ones, or writes all the same, or belongs to a background worker that has
-- a transaction open. A client's session is sent away when it is idle and has shown that it will not leave by itself: it is older than a second,
-- or has stood idle behind a transaction for 400 ms; one that has run nothing yet,
-- or only what drivers say on connecting (SHOW transaction_read_only, SET ...), is given three seconds. The
-- last look at its state and the signal lie microseconds apart, because both happen here.
CREATE OR REPLACE FUNCTION relevo.drain(mine int[], slice interval, early int[]) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    deadline  timestamptz := clock_timestamp() + slice;
    here      oid := (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database());
    candidate int;
    remaining int;
BEGIN
    LOOP
        PERFORM pg_stat_clear_snapshot();
        FOR candidate IN
            SELECT a.pid FROM pg_stat_get_activity(NULL) a
            WHERE a.datid = here AND a.backend_type = 'client backend' AND a.pid <> ALL (mine) AND a.state = 'idle'
              AND a.pid = ANY (early)
              AND CASE WHEN a.query = '' OR a.query ~* '^\s*(show|set)\M' THEN a.backend_start < clock_timestamp() - interval '3 s'
                       ELSE a.backend_start < clock_timestamp() - interval '1 s'
                            OR a.state_change < clock_timestamp() - interval '400 ms' END
        LOOP
            PERFORM pg_stat_clear_snapshot();
            PERFORM pg_terminate_backend(a.pid) FROM pg_stat_get_activity(candidate) a WHERE a.state = 'idle';
        END LOOP;
        PERFORM pg_stat_clear_snapshot();
        SELECT count(*) INTO remaining FROM pg_stat_get_activity(NULL) a
        WHERE a.datid = here AND a.pid <> ALL (mine)
          AND CASE WHEN a.backend_type = 'client backend' THEN a.pid = ANY (early) OR a.backend_xid IS NOT NULL
                   WHEN a.backend_type IN ('autovacuum worker', 'parallel worker', 'walsender') THEN false
                   WHEN a.backend_type LIKE 'logical replication%' THEN false
                   ELSE a.xact_start IS NOT NULL END;
        EXIT WHEN remaining = 0 OR clock_timestamp() >= deadline;
        PERFORM pg_sleep(0.001);
    END LOOP;
    RETURN remaining;
END $$;

-- Ends every session of a client that is left: at once when it is idle or waits for one of our locks, after
-- 50 ms whatever it does (so that the answer to a COMMIT is not cut off). Who is not `early`, found this side
-- read-only and is about to look at the next host, is given a second from its last statement, three in all: until 13 that
-- look takes a statement, and a connection that is cut off there makes the client fail. Returns how many were ended.
CREATE OR REPLACE FUNCTION relevo.expel(mine int[], early int[]) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    patience  timestamptz := clock_timestamp() + interval '50 ms';
    deadline  timestamptz := clock_timestamp() + interval '2 s';
    here      oid := (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database());
    remaining int;
    ended     int := 0;
BEGIN
    LOOP
        PERFORM pg_stat_clear_snapshot();
        ended := ended + (SELECT count(*) FILTER (WHERE pg_terminate_backend(a.pid)) FROM pg_stat_get_activity(NULL) a
            WHERE a.datid = here AND a.backend_type = 'client backend' AND a.pid <> ALL (mine)
              AND (a.pid = ANY (early) OR a.backend_xid IS NOT NULL OR a.wait_event_type = 'Lock'
                   OR a.state_change < clock_timestamp() - interval '1 s' OR a.backend_start < clock_timestamp() - interval '3 s')
              AND (a.state = 'idle' OR a.wait_event_type = 'Lock' OR clock_timestamp() > patience));
        PERFORM pg_stat_clear_snapshot();
        SELECT count(*) INTO remaining FROM pg_stat_get_activity(NULL) a
        WHERE a.datid = here AND a.backend_type = 'client backend' AND a.pid <> ALL (mine)
          AND (a.pid = ANY (early) OR a.backend_xid IS NOT NULL OR a.wait_event_type = 'Lock'
                   OR a.state_change < clock_timestamp() - interval '1 s' OR a.backend_start < clock_timestamp() - interval '3 s');
        EXIT WHEN remaining = 0 OR clock_timestamp() > deadline;
        PERFORM pg_sleep(0.001);
    END LOOP;
    RETURN ended;
END $$;

-- Changes whenever a table, a column or a sequence of the users' is created, changed or dropped.
CREATE OR REPLACE FUNCTION relevo.schema_stamp() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
    RETURN (
        SELECT coalesce(pg_catalog.md5(pg_catalog.string_agg(
                   pg_catalog.concat_ws(' ', c.oid, c.relname, c.relkind, c.relpersistence, a.attnum, a.attname, a.atttypid,
                                        a.attnotnull, a.attisdropped), ',' ORDER BY c.oid, a.attnum)), '') AS stamp
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't'
          AND n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'relevo')
    );
END $$;

-- What can still change behind the locks on every table: which tables and sequences there are, and what a sequence is
-- like. One row each and no columns, since clients wait for it.
CREATE OR REPLACE FUNCTION relevo.relations_stamp() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
    RETURN (
        SELECT coalesce(md5(string_agg(concat_ws(' ', c.oid, c.relname, c.relnamespace, c.relowner, c.relpersistence,
                   s.seqtypid, s.seqstart, s.seqincrement, s.seqmax, s.seqmin, s.seqcache, s.seqcycle), ',' ORDER BY c.oid)), '')
        FROM pg_catalog.pg_class c
        LEFT JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
        WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't'
          AND c.relnamespace NOT IN (SELECT n.oid FROM pg_catalog.pg_namespace n
                                     WHERE n.nspname LIKE 'pg\_%' OR n.nspname IN ('information_schema', 'relevo'))
    );
END $$;

-- Lets these sequences give out nothing more, in one change of their catalog: each ends where it stands, and does not cycle.
-- Their bounds stay such that a dump of this database can be read again. One that was never called gives out its first
-- value whatever its bounds are: see seal_sequences().
CREATE OR REPLACE FUNCTION relevo.limit_sequences(sequences oid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    UPDATE relevo.saved_sequence s SET
        held_start = CASE WHEN q.seqincrement > 0 THEN least(q.seqstart, s.last_value) ELSE greatest(q.seqstart, s.last_value) END,
        held_min = CASE WHEN q.seqincrement < 0 THEN s.last_value
                        WHEN q.seqmin >= s.last_value AND s.last_value > -9223372036854775808 THEN s.last_value - 1
                        ELSE q.seqmin END,
        held_max = CASE WHEN q.seqincrement > 0 THEN s.last_value
                        WHEN q.seqmax <= s.last_value AND s.last_value < 9223372036854775807 THEN s.last_value + 1
                        ELSE q.seqmax END
    FROM pg_catalog.pg_sequence q WHERE q.seqrelid = s.sequence AND s.sequence = ANY (sequences);
    UPDATE pg_catalog.pg_sequence q
    SET seqstart = s.held_start, seqmin = s.held_min, seqmax = s.held_max, seqcycle = false
    FROM relevo.saved_sequence s WHERE s.sequence = q.seqrelid AND s.sequence = ANY (sequences);
END $$;

-- Sequences that were never called are called once for nobody: right before the commit point, because that belongs to no
-- transaction. Should it fail, they have a gap of one value.
CREATE OR REPLACE FUNCTION relevo.seal_sequences() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM setval(s.sequence::regclass, s.last_value, true) FROM relevo.saved_sequence s WHERE NOT s.is_called;
END $$;

-- The sequences are again what they were, but for what somebody has altered meanwhile.
CREATE OR REPLACE FUNCTION relevo.give_back_sequences() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    UPDATE pg_catalog.pg_sequence q SET
        seqstart = CASE WHEN q.seqstart = s.held_start THEN s.seqstart ELSE q.seqstart END,
        seqmin = CASE WHEN q.seqmin = s.held_min THEN s.seqmin ELSE q.seqmin END,
        seqmax = CASE WHEN q.seqmax = s.held_max THEN s.seqmax ELSE q.seqmax END,
        seqcycle = q.seqcycle OR s.seqcycle
    FROM relevo.saved_sequence s WHERE s.sequence = q.seqrelid AND s.held_max IS NOT NULL;
    DELETE FROM relevo.saved_sequence;
END $$;

-- Holds back every sequence of the users' on a side that does not serve: those of the new one before it ever did, those that
-- were made since, those that an undone handover has set. Does nothing on a side that is open. Takes no lock: whoever draws
-- at this very moment is beyond the bound all the more.
CREATE OR REPLACE FUNCTION relevo.hold_back_sequences() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    sequence regclass;
    more     oid[] := '{}';
BEGIN
    IF EXISTS (SELECT FROM relevo.state s WHERE s.status = 'open') THEN
        RETURN;
    END IF;
    FOR sequence IN SELECT l FROM relevo.loose_sequences() l LOOP
        PERFORM relevo.note_sequence(sequence);
        more := more || sequence::oid;
    END LOOP;
    PERFORM relevo.limit_sequences(more);
    -- Those that an undone handover has set are not called either.
    PERFORM setval(s.sequence::regclass, s.last_value, true) FROM relevo.saved_sequence s
    WHERE pg_sequence_last_value(s.sequence) IS NULL;
END $$;

-- Sequences of the users' that are not held back.
CREATE OR REPLACE FUNCTION relevo.loose_sequences() RETURNS SETOF regclass
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RETURN QUERY
    SELECT q.seqrelid::regclass
    FROM pg_catalog.pg_sequence q
    JOIN pg_catalog.pg_class c ON c.oid = q.seqrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relpersistence <> 't' AND n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'relevo')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
      AND NOT EXISTS (SELECT FROM relevo.saved_sequence s WHERE s.sequence = q.seqrelid);
END $$;

-- Writes down where a sequence stands, and what it is like.
CREATE OR REPLACE FUNCTION relevo.note_sequence(sequence regclass) RETURNS relevo.saved_sequence
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    noted relevo.saved_sequence;
BEGIN
    EXECUTE format('INSERT INTO relevo.saved_sequence (sequence, last_value, is_called, seqstart, seqmin, seqmax, seqcycle)'
        ' SELECT q.seqrelid, s.last_value, s.is_called, q.seqstart, q.seqmin, q.seqmax, q.seqcycle'
        ' FROM %s s, pg_catalog.pg_sequence q WHERE q.seqrelid = $1 RETURNING *', sequence)
        INTO noted USING sequence;
    RETURN noted;
END $$;

-- Where these sequences stand, before clients wait. Prepares the question which of them have been drawn from since, a
-- hundred at a time: planned once, it costs a few microseconds a sequence.
CREATE OR REPLACE FUNCTION relevo.note_sequences(names text[])
RETURNS TABLE (name text, last_value bigint, is_called boolean)
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    questions text[] := '{}';
    prepared  int := 0;
    n         int := 0;
BEGIN
    DELETE FROM relevo.saved_sequence;
    FOREACH name IN ARRAY names LOOP
        SELECT s.last_value, s.is_called INTO last_value, is_called FROM relevo.note_sequence(name::regclass) s;
        RETURN NEXT;
        questions := questions || format('SELECT %L::text, s.last_value, s.is_called FROM %s s'
            ' WHERE s.last_value <> %L::bigint OR s.is_called <> %L::boolean', name, name, last_value, is_called);
        n := n + 1;
        IF n % 100 = 0 OR n = cardinality(names) THEN
            prepared := prepared + 1;
            EXECUTE format('PREPARE relevo_moved_%s AS ', prepared) || array_to_string(questions, ' UNION ALL ');
            EXECUTE format('EXECUTE relevo_moved_%s', prepared);
            questions := '{}';
        END IF;
    END LOOP;
END $$;

-- Keeps anybody from drawing from these sequences until our transaction ends, and tells which of them do not stand any more
-- where note_sequences() found them: giving a sequence to the owner it has takes ACCESS EXCLUSIVE on it and changes
-- nothing, not even its row in a catalog.
CREATE OR REPLACE FUNCTION relevo.hold_sequences(names text[])
RETURNS TABLE (name text, last_value bigint, is_called boolean)
LANGUAGE plpgsql SET search_path = pg_catalog SET session_replication_role = replica AS $$
DECLARE
    statement text;
BEGIN
    FOR statement IN
        SELECT format('ALTER SEQUENCE %s OWNER TO %I', n, pg_get_userbyid(c.relowner))
        FROM unnest(names) n JOIN pg_catalog.pg_class c ON c.oid = n::regclass
    LOOP
        EXECUTE statement;
    END LOOP;
    FOR statement IN
        SELECT 'EXECUTE ' || p.name FROM pg_catalog.pg_prepared_statements p WHERE p.name LIKE 'relevo\_moved\_%'
    LOOP
        FOR name, last_value, is_called IN EXECUTE statement LOOP
            UPDATE relevo.saved_sequence s SET last_value = hold_sequences.last_value, is_called = hold_sequences.is_called
                WHERE s.sequence = name::regclass;
            RETURN NEXT;
        END LOOP;
    END LOOP;
END $$;

-- Waits for a mark to come through every subscription, for at most `slice`; null means that it has not. Makes durable what
-- each has applied here by then (visible is not yet flushed: apply commits asynchronously), and moves the slots of the way
-- back behind it, so that nothing of it is sent back. Returns where the way back begins.
CREATE OR REPLACE FUNCTION relevo.await_and_advance(mark text, forward name[], way_back name[], slice interval) RETURNS pg_lsn
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    deadline timestamptz := clock_timestamp() + slice;
    flushed  pg_lsn;
    reached  pg_lsn;
    known    int;
    slot     name;
BEGIN
    WHILE NOT relevo.has_arrived(mark) LOOP
        IF clock_timestamp() >= deadline THEN
            RETURN NULL;
        END IF;
        PERFORM pg_sleep(0.0005);
    END LOOP;
    SELECT count(pg_replication_origin_progress('pg_' || s.oid, true)) INTO known
    FROM pg_catalog.pg_subscription s
    WHERE s.subname = ANY (forward)
      AND s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database());
    IF known < cardinality(forward) THEN
        RAISE EXCEPTION 'of the subscriptions % not all are there and have applied something', forward;
    END IF;
    flushed := pg_current_wal_flush_lsn();
    FOREACH slot IN ARRAY way_back LOOP
        SELECT a.end_lsn INTO reached FROM pg_replication_slot_advance(slot, flushed) a;
        IF reached < flushed THEN
            RAISE EXCEPTION 'slot % was advanced to %, not to %', slot, reached, flushed;
        END IF;
    END LOOP;
    RETURN flushed;
END $$;

-- What becomes true on the side that served when the commit point commits, all in that commit: it is fenced, the way back
-- runs, and the fenced mark sets out through every subscription.
CREATE OR REPLACE FUNCTION relevo.fence_at_commit(way_back name[], mark text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog SET session_replication_role = replica AS $$
DECLARE
    subscription name;
BEGIN
    FOREACH subscription IN ARRAY way_back LOOP
        EXECUTE format('ALTER SUBSCRIPTION %I ENABLE', subscription);
    END LOOP;
    -- Before the fence: whoever replaces that one holds relevo.state, so two never wait for each other.
    UPDATE relevo.state SET status = 'fenced', since = clock_timestamp();
    PERFORM relevo.set_fence(true);
    PERFORM relevo.send(mark);
END $$;

-- fence_at_commit(), the sequences held, and behind both the stamp of what there is: nobody can change that any more. The
-- last row is the stamp, the others are the sequences that have been drawn from. Behind the stamp, which has their bounds,
-- the sequences are held back for good: that comes with the commit point, as the fence does.
CREATE OR REPLACE FUNCTION relevo.fence_and_hold(way_back name[], mark text, sequences text[])
RETURNS TABLE (stamp text, name text, last_value bigint, is_called boolean)
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM relevo.fence_at_commit(way_back, mark);
    RETURN QUERY SELECT NULL::text, h.name, h.last_value, h.is_called FROM relevo.hold_sequences(sequences) h;
    RETURN QUERY SELECT relevo.relations_stamp(), NULL::text, NULL::bigint, NULL::boolean;
    PERFORM relevo.limit_sequences(ARRAY(SELECT s.sequence FROM relevo.saved_sequence s));
END $$;

-- What becomes true on the side that will serve when the gate's transaction commits. That commit does not wait for the
-- disk: clients would wait as well, and if a crash takes it back, the fenced mark is sent again and opens this side.
CREATE OR REPLACE FUNCTION relevo.open_at_commit(forward name[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog SET session_replication_role = replica AS $$
DECLARE
    subscription name;
BEGIN
    PERFORM set_config('lock_timeout', '2s', true), set_config('synchronous_commit', 'off', true);
    UPDATE relevo.state SET status = 'open', since = clock_timestamp();
    PERFORM relevo.set_fence(false, txid_current());
    FOREACH subscription IN ARRAY forward LOOP
        EXECUTE format('ALTER SUBSCRIPTION %I DISABLE', subscription);
    END LOOP;
END $$;

-- await_and_advance(), and open_at_commit() right behind it.
CREATE OR REPLACE FUNCTION relevo.pass_barrier(mark text, forward name[], way_back name[], slice interval) RETURNS pg_lsn
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    reached pg_lsn := relevo.await_and_advance(mark, forward, way_back, slice);
BEGIN
    IF reached IS NOT NULL THEN
        PERFORM relevo.open_at_commit(forward);
    END IF;
    RETURN reached;
END $$;

-- Ends backends of ours, and waits until what they were doing has ended, one way or the other; for at most 5 s.
CREATE OR REPLACE FUNCTION relevo.end_ours(pids int[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM pg_terminate_backend(a.pid) FROM pg_stat_get_activity(NULL) a
        WHERE a.application_name LIKE 'relevo %' AND (a.pid = ANY (pids) OR a.application_name = 'relevo switch quiet');
    FOR i IN 1..5000 LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_get_activity(NULL) a WHERE a.pid = ANY (pids));
        PERFORM pg_sleep(0.001);
    END LOOP;
END $$;

-- Ends these sessions, if they are clients', again and again until they are gone or this side is open; for at most 2 s.
CREATE OR REPLACE FUNCTION relevo.send_away(pids int[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    deadline timestamptz := clock_timestamp() + interval '2 s';
    ours     oid := (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = session_user);
    ended    int;
BEGIN
    LOOP
        PERFORM pg_stat_clear_snapshot();
        SELECT count(*) FILTER (WHERE pg_terminate_backend(a.pid)) INTO ended FROM pg_stat_get_activity(NULL) a
        WHERE a.pid = ANY (pids) AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
          AND NOT (a.application_name LIKE 'relevo %' AND a.usesysid = ours)
          AND NOT EXISTS (SELECT FROM relevo.state s WHERE s.status = 'open');
        EXIT WHEN ended = 0 OR clock_timestamp() > deadline;
        PERFORM pg_sleep(0.002);
    END LOOP;
END $$;

-- The watchdog's wait: until the coordinator's session that holds the lock has ended, inside the server, with no client
-- needed. If lock_timeout comes first, the coordinator is frozen or cut off, which is as good as dead: then what holds the
-- transaction has to end, by what was looked up beforehand.
CREATE OR REPLACE FUNCTION relevo.await_release(holder int) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM pg_terminate_backend(NULL), set_config('lock_timeout', NULL, true) WHERE false;
    BEGIN
        PERFORM pg_advisory_lock(735386, 1);
    EXCEPTION WHEN lock_not_available THEN
        PERFORM pg_terminate_backend(holder);
    END;
    PERFORM set_config('lock_timeout', '0', false);
END $$;

-- The watchdog of the side that serves: with the coordinator gone, makes it read-write again, unless it is fenced.
CREATE OR REPLACE PROCEDURE relevo.watch_from(held int, free int, locker int)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM relevo.await_release(held);
    IF NOT EXISTS (SELECT FROM relevo.state s WHERE s.status = 'fenced') THEN
        PERFORM relevo.end_ours(ARRAY[held, free, locker]);
        LOCK TABLE relevo.state IN EXCLUSIVE MODE;  -- behind a COMMIT that is under way
        IF EXISTS (SELECT FROM relevo.state s WHERE s.status = 'open') THEN
            EXECUTE pg_catalog.format('ALTER DATABASE %I RESET default_transaction_read_only', pg_catalog.current_database());
        END IF;
    END IF;
END $$;

-- The watchdog of the other side: with the coordinator gone, makes it read-only by default, unless it is open, and ends
-- the sessions of the clients that may have found it writable: pools would keep connections that can only fail. What it
-- runs behind the gate needs no look at pg_namespace.
CREATE OR REPLACE PROCEDURE relevo.watch_to(gate int, free int, locker int)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM relevo.await_release(gate);
    IF NOT EXISTS (SELECT FROM relevo.state s WHERE s.status = 'open') THEN
        PERFORM relevo.end_ours(ARRAY[gate, free, locker]);
        -- If the other side is fenced already, that commit is about to arrive and open this one. If not, it becomes
        -- read-write meanwhile, so that one of the two always is.
        PERFORM pg_catalog.pg_sleep(0.25);
        LOCK TABLE relevo.state IN EXCLUSIVE MODE;
        IF NOT EXISTS (SELECT FROM relevo.state s WHERE s.status = 'open') THEN
            EXECUTE pg_catalog.format('ALTER DATABASE %I SET default_transaction_read_only = on', pg_catalog.current_database());
            COMMIT;  -- seen by new clients before the old ones are sent away
            PERFORM relevo.send_away(relevo.await_starting());
        END IF;
    END IF;
    PERFORM pg_catalog.pg_advisory_unlock(735386, 4);  -- relevo.keep_gate() waits for it
END $$;

-- How many apply workers have the fenced mark: those that have committed it, and those that wait behind the gate with it.
CREATE OR REPLACE FUNCTION relevo.has_come(mark text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RETURN (SELECT count(*) FROM relevo.marks m WHERE m.id = mark)
         + (SELECT count(DISTINCT l.pid) FROM pg_catalog.pg_locks l
            WHERE l.locktype = 'advisory' AND l.classid = 735386 AND l.objid = 3 AND l.objsubid = 2 AND l.granted
              AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database()))
        >= (SELECT s.subscriptions FROM relevo.state s);
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
    opened := EXISTS (SELECT FROM relevo.state s WHERE s.status = 'open');
    IF opened THEN
        -- The lock has given this transaction an xid; its commit must not wait for the disk while clients do.
        PERFORM pg_catalog.set_config('synchronous_commit', 'off', true);
    ELSE
        deadline := pg_catalog.clock_timestamp() + interval '10 s';
        PERFORM pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_get_activity(NULL) a
            WHERE a.pid = locker AND a.application_name LIKE 'relevo %';
        LOOP
            IF relevo.has_come(fenced) THEN
                LOCK TABLE relevo.state IN EXCLUSIVE MODE;
                IF NOT EXISTS (SELECT FROM relevo.state s WHERE s.status = 'open') THEN
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
            LOCK TABLE relevo.state IN EXCLUSIVE MODE;
            EXECUTE pg_catalog.format('ALTER DATABASE %I SET default_transaction_read_only = on', pg_catalog.current_database());
        END IF;
        PERFORM relevo.send_away(ARRAY(SELECT l.pid FROM pg_catalog.pg_locks l
            WHERE l.relation = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND NOT l.granted));
    END IF;
    PERFORM relevo.open_schemas();
END $$;
