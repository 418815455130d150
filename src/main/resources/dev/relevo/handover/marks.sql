-- Marks that are sent through replication.

-- The tables of marks of a side, one for each subscription.
CREATE OR REPLACE FUNCTION relevo.nonces(of_side text) RETURNS SETOF text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
    RETURN QUERY
    SELECT concat('nonce_', of_side, '_' || nullif(n, 1))
    FROM ${state} s, generate_series(1, s.subscriptions) n
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
    FOR nonce IN SELECT n FROM ${state} s, relevo.nonces(s.side) n LOOP
        EXECUTE format('INSERT INTO relevo.%I (id) VALUES ($1)', nonce) USING mark;
    END LOOP;
END $$;

-- Whether a mark of the other side's has come through every subscription.
CREATE OR REPLACE FUNCTION relevo.has_arrived(mark text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RETURN (SELECT count(*) FROM relevo.marks m WHERE m.id = mark) = (SELECT s.subscriptions FROM ${state} s);
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
