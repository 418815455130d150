-- What of partition trees is published by us: roots by their own OID, and for leaves the OID of their tree's root. ?: the
-- publications, a regular expression.
WITH RECURSIVE up (rel, top) AS (
    SELECT r.prrelid, r.prrelid
    FROM pg_catalog.pg_publication_rel r
    JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid AND p.pubname ~ ?
    JOIN pg_catalog.pg_class c ON c.oid = r.prrelid AND (c.relispartition OR c.relkind = 'p')
    UNION ALL
    SELECT u.rel, i.inhparent
    FROM up u
    JOIN pg_catalog.pg_class c ON c.oid = u.top AND c.relispartition
    JOIN pg_catalog.pg_inherits i ON i.inhrelid = u.top
)
SELECT u.top::bigint AS root, pg_catalog.bool_or(u.rel = u.top) AS by_root
FROM up u
JOIN pg_catalog.pg_class c ON c.oid = u.top AND NOT c.relispartition
GROUP BY u.top
