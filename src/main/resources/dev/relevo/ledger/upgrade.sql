-- The schema of Relevo, and whose upgrade it belongs to. May be run any number of times.
CREATE SCHEMA IF NOT EXISTS relevo;
REVOKE ALL ON SCHEMA relevo FROM PUBLIC;

-- One row, the same on both sides but for "side". A system identifier is kept as PostgreSQL shows it.
CREATE TABLE IF NOT EXISTS ${upgrade} (
    only_row     boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    id           uuid NOT NULL,
    side         text NOT NULL CHECK (side IN ('old', 'new')),
    old_system   bigint NOT NULL,
    old_timeline int NOT NULL,
    old_database bigint NOT NULL,
    old_name     text NOT NULL,
    new_system   bigint NOT NULL,
    new_timeline int NOT NULL,
    new_database bigint NOT NULL,
    new_name     text NOT NULL,
    -- of schema relevo, and the program that made it
    format       int NOT NULL,
    version      text NOT NULL,
    -- of all functions here, as a hash of their text: those of another Relevo are replaced before a handover
    functions    text NOT NULL DEFAULT '',
    begun        timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    -- on the old side: since when start has come to its end, and since when finish has
    ready        timestamptz,
    finished     timestamptz
);
