-- Leaves of schema relevo what tells that this upgrade is finished and what was done, and drops the rest.
DO $relevo$
DECLARE
    -- all of them named before the first is dropped, which may take others with it
    doomed text[] := ARRAY(
        SELECT pg_catalog.format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::pg_catalog.regprocedure)
        FROM pg_catalog.pg_proc p
        WHERE p.pronamespace = 'relevo'::pg_catalog.regnamespace
        UNION ALL
        SELECT pg_catalog.format('DROP %s IF EXISTS %s CASCADE', CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END,
                                 c.oid::pg_catalog.regclass)
        FROM pg_catalog.pg_class c
        WHERE c.relnamespace = 'relevo'::pg_catalog.regnamespace AND c.relkind IN ('v', 'r')
          AND c.oid NOT IN ('${upgrade}'::pg_catalog.regclass, '${journal}'::pg_catalog.regclass));
    statement text;
BEGIN
    FOREACH statement IN ARRAY doomed LOOP
        EXECUTE statement;
    END LOOP;
    UPDATE ${upgrade} SET finished = coalesce(finished, pg_catalog.clock_timestamp());
END $relevo$
