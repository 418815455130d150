-- The names of all system catalogs, for LOCK TABLE. ?: whether the shared ones too.
SELECT pg_catalog.string_agg('pg_catalog.' || pg_catalog.quote_ident(c.relname), ', ' ORDER BY c.oid)
FROM pg_catalog.pg_class c
WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND (? OR NOT c.relisshared)
