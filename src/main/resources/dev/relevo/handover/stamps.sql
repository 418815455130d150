-- What there is, as one value to compare.

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
