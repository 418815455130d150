-- How many of the two relation cache files are there: the shared one and this database's.
SELECT pg_catalog.count((pg_catalog.pg_stat_file(d || '/pg_internal.init', true)).size) AS present
FROM pg_catalog.unnest(ARRAY['global',
    pg_catalog.regexp_replace(pg_catalog.pg_relation_filepath('pg_catalog.pg_class'), '/[^/]*$', '')]) d
