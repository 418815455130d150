-- Tables of these publications, leaves of trees included that go by their root, on which the fence does not stand, or stops
-- nobody. ?: the publications.
WITH RECURSIVE published (oid) AS (
    SELECT r.prrelid
    FROM pg_catalog.pg_publication_rel r
    JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid
    WHERE p.pubname = ANY (?)
    UNION
    SELECT i.inhrelid
    FROM published b
    JOIN pg_catalog.pg_class c ON c.oid = b.oid AND c.relkind = 'p'
    JOIN pg_catalog.pg_inherits i ON i.inhparent = b.oid
)
SELECT n.nspname AS schema, c.relname AS name
FROM published b
JOIN pg_catalog.pg_class c ON c.oid = b.oid AND c.relkind IN ('r', 'p')
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname <> 'relevo'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
                  WHERE g.tgrelid = c.oid AND g.tgname = 'relevo_fence' AND g.tgenabled IN ('A', 'O'))
