-- Keeps name and oid of every published table; what was kept before wins. ?: the publications, a regular expression.
INSERT INTO relevo.saved (key, value)
SELECT 'followed ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
       pg_catalog.to_jsonb(c.oid::text)
FROM pg_catalog.pg_publication_rel r
JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid
JOIN pg_catalog.pg_class c ON c.oid = r.prrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE p.pubname ~ ?
ON CONFLICT (key) DO NOTHING
