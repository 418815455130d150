-- Sessions of clients, and ours: found, waited for, ended.

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
          AND NOT EXISTS (SELECT FROM ${state} s WHERE s.status = 'open');
        EXIT WHEN ended = 0 OR clock_timestamp() > deadline;
        PERFORM pg_sleep(0.002);
    END LOOP;
END $$;
