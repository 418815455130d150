-- What Relevo keeps in each of the two databases, besides whose upgrade it is. May be run any number of times.
-- Everything belongs to the superuser who runs it and is of use to nobody else.

-- One row: which side this is, and whether clients may write here.
--   open    clients write here
--   closed  a copy that follows the other side
--   fenced  was open; its clients were handed over
-- Every change of default_transaction_read_only happens under a lock on this table, so that the watchdog,
-- the opening trigger and the coordinator act one after the other, never together.
CREATE TABLE IF NOT EXISTS ${state} (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    side     text NOT NULL CHECK (side IN ('old', 'new')),
    status   text NOT NULL CHECK (status IN ('open', 'closed', 'fenced')),
    since    timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    -- in each direction; each has tables, slot and marks of its own
    subscriptions int NOT NULL DEFAULT 1 CHECK (subscriptions > 0)
);

-- What is called so, of all that bears the part of a name that is this upgrade's alone.
CREATE OR REPLACE FUNCTION relevo.named(rest text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
    RETURN (SELECT 'relevo_' || left(u.id::text, 8) || rest FROM ${upgrade} u);
END $$;

-- Facts that must survive a crash: what an undo has to restore, by kind and by what it is about.
CREATE TABLE IF NOT EXISTS ${fact} (
    kind  text NOT NULL,
    name  text NOT NULL,
    value text[] NOT NULL,
    PRIMARY KEY (kind, name)
);

-- The privileges of schemas as they were before they were closed. Kept and restored as they stand in the
-- catalog (null means the built-in default), because GRANT cannot rebuild grantors and grant options.
CREATE TABLE IF NOT EXISTS ${saved_acl} (
    schema oid PRIMARY KEY,
    acl    aclitem[]
);

-- Sequences that are held back on a side that does not serve: where each stands, and what it was like before. Restored
-- when clients come back, but for what somebody has altered meanwhile.
CREATE TABLE IF NOT EXISTS ${saved_sequence} (
    sequence   oid PRIMARY KEY,
    last_value bigint NOT NULL,
    is_called  boolean NOT NULL,
    seqstart   bigint NOT NULL,
    seqmin     bigint NOT NULL,
    seqmax     bigint NOT NULL,
    seqcycle   boolean NOT NULL,
    -- what they are while it is held back
    held_start bigint,
    held_min   bigint,
    held_max   bigint
);

-- What was done, by whom and how it ended; for people. An entry without a step is about a whole command.
CREATE TABLE IF NOT EXISTS ${journal} (
    n        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    operator text NOT NULL,
    command  text NOT NULL,
    step     text NOT NULL,
    what     text NOT NULL,
    note     text NOT NULL
);
