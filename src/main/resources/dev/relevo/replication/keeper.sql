-- Holds the snapshot of the transaction it runs in, without looking at its client: a backend that runs a statement does
-- not notice that nobody listens. It ends by pg_terminate_backend, or when no session of Relevo's has been connected to
-- this database for as long as relevo.patience says (milliseconds), for what it holds keeps VACUUM from its work.
-- The advisory lock tells who it is, and that this statement runs: from then on it does without its client.
DO $keeper$
DECLARE
    seen timestamptz := pg_catalog.clock_timestamp();
    patience interval := pg_catalog.make_interval(
        secs => pg_catalog.current_setting('relevo.patience')::float8 / 1000);
BEGIN
    PERFORM pg_catalog.pg_advisory_xact_lock(735386, pg_catalog.current_setting('relevo.keeper')::int4);
    LOOP
        PERFORM pg_catalog.pg_stat_clear_snapshot();
        IF EXISTS (SELECT FROM pg_catalog.pg_stat_activity a
                   WHERE a.datname = pg_catalog.current_database()
                     AND a.application_name LIKE 'relevo %' AND a.application_name <> 'relevo keeper') THEN
            seen := pg_catalog.clock_timestamp();
        ELSIF pg_catalog.clock_timestamp() - seen > patience THEN
            RETURN;
        END IF;
        PERFORM pg_catalog.pg_sleep(least(1, extract(epoch FROM patience) / 4));
    END LOOP;
END
$keeper$
