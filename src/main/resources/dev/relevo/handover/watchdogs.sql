-- What sets a side right when the coordinator is gone.

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
    IF NOT EXISTS (SELECT FROM ${state} s WHERE s.status = 'fenced') THEN
        PERFORM relevo.end_ours(ARRAY[held, free, locker]);
        LOCK TABLE ${state} IN EXCLUSIVE MODE;  -- behind a COMMIT that is under way
        IF EXISTS (SELECT FROM ${state} s WHERE s.status = 'open') THEN
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
    IF NOT EXISTS (SELECT FROM ${state} s WHERE s.status = 'open') THEN
        PERFORM relevo.end_ours(ARRAY[gate, free, locker]);
        -- If the other side is fenced already, that commit is about to arrive and open this one. If not, it becomes
        -- read-write meanwhile, so that one of the two always is.
        PERFORM pg_catalog.pg_sleep(0.25);
        LOCK TABLE ${state} IN EXCLUSIVE MODE;
        IF NOT EXISTS (SELECT FROM ${state} s WHERE s.status = 'open') THEN
            EXECUTE pg_catalog.format('ALTER DATABASE %I SET default_transaction_read_only = on', pg_catalog.current_database());
            COMMIT;  -- seen by new clients before the old ones are sent away
            PERFORM relevo.send_away(relevo.await_starting());
        END IF;
    END IF;
    PERFORM pg_catalog.pg_advisory_unlock(735386, 4);  -- relevo.keep_gate() waits for it
END $$;
