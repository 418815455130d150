-- Sequences: where they stand, and that nobody draws from them on a side that does not serve.

-- Writes down where a sequence stands, and what it is like.
CREATE OR REPLACE FUNCTION relevo.note_sequence(sequence regclass) RETURNS ${saved_sequence}
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    noted ${saved_sequence};
BEGIN
    EXECUTE format('INSERT INTO ${saved_sequence} (sequence, last_value, is_called, seqstart, seqmin, seqmax, seqcycle)'
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
    DELETE FROM ${saved_sequence};
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
            UPDATE ${saved_sequence} s SET last_value = hold_sequences.last_value, is_called = hold_sequences.is_called
                WHERE s.sequence = name::regclass;
            RETURN NEXT;
        END LOOP;
    END LOOP;
END $$;

-- Lets these sequences give out nothing more, in one change of their catalog: each ends where it stands, and does not cycle.
-- Their bounds stay such that a dump of this database can be read again. One that was never called gives out its first
-- value whatever its bounds are: see seal_sequences().
CREATE OR REPLACE FUNCTION relevo.limit_sequences(sequences oid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    UPDATE ${saved_sequence} s SET
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
    FROM ${saved_sequence} s WHERE s.sequence = q.seqrelid AND s.sequence = ANY (sequences);
END $$;

-- Sequences that were never called are called once for nobody: right before the commit point, because that belongs to no
-- transaction. Should it fail, they have a gap of one value.
CREATE OR REPLACE FUNCTION relevo.seal_sequences() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM setval(s.sequence::regclass, s.last_value, true) FROM ${saved_sequence} s WHERE NOT s.is_called;
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
      AND NOT EXISTS (SELECT FROM ${saved_sequence} s WHERE s.sequence = q.seqrelid);
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
    IF EXISTS (SELECT FROM ${state} s WHERE s.status = 'open') THEN
        RETURN;
    END IF;
    FOR sequence IN SELECT l FROM relevo.loose_sequences() l LOOP
        PERFORM relevo.note_sequence(sequence);
        more := more || sequence::oid;
    END LOOP;
    PERFORM relevo.limit_sequences(more);
    -- Those that an undone handover has set are not called either.
    PERFORM setval(s.sequence::regclass, s.last_value, true) FROM ${saved_sequence} s
    WHERE pg_sequence_last_value(s.sequence) IS NULL;
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
    FROM ${saved_sequence} s WHERE s.sequence = q.seqrelid AND s.held_max IS NOT NULL;
    DELETE FROM ${saved_sequence};
END $$;
