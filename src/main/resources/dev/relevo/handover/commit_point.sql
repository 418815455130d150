-- What becomes true with the two commits of a handover.

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
    -- Before the fence: whoever replaces that one holds ${state}, so two never wait for each other.
    UPDATE ${state} SET status = 'fenced', since = clock_timestamp();
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
    PERFORM relevo.limit_sequences(ARRAY(SELECT s.sequence FROM ${saved_sequence} s));
END $$;

-- What becomes true on the side that will serve when the gate's transaction commits. That commit does not wait for the
-- disk: clients would wait as well, and if a crash takes it back, the fenced mark is sent again and opens this side.
CREATE OR REPLACE FUNCTION relevo.open_at_commit(forward name[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog SET session_replication_role = replica AS $$
DECLARE
    subscription name;
BEGIN
    PERFORM set_config('lock_timeout', '2s', true), set_config('synchronous_commit', 'off', true);
    UPDATE ${state} SET status = 'open', since = clock_timestamp();
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
