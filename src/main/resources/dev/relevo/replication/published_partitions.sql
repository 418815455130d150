-- Name and OID of the leaves of every tree that we publish by its root. ?: the publications, a regular expression.
WITH RECURSIVE tree (part) AS (
    SELECT c.oid
    FROM pg_catalog.pg_publication_rel r
    JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid AND p.pubname ~ ?
    JOIN pg_catalog.pg_class c ON c.oid = r.prrelid AND c.relkind = 'p'
    UNION
    SELECT i.inhrelid FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.part
)
SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS name, c.oid::text AS oid
FROM tree t
JOIN pg_catalog.pg_class c ON c.oid = t.part AND c.relkind = 'r'
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
