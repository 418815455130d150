-- Foreign keys that tie tables of two publications, seen from either server. One of partitioned tables, which belong to a
-- publication themselves or by their partitions, counts for all of their partitions, on either end. ?: the publications, a regular expression.
WITH RECURSIVE key AS (
    SELECT c.oid, c.conname, c.conrelid, c.confrelid
    FROM pg_catalog.pg_constraint c
    WHERE c.contype = 'f' AND c.conparentid = 0
), tree (root, leaf) AS (
    SELECT conrelid, conrelid FROM key
    UNION
    SELECT confrelid, confrelid FROM key
    UNION
    SELECT t.root, i.inhrelid
    FROM tree t
    JOIN pg_catalog.pg_inherits i ON i.inhparent = t.leaf
    JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relispartition
), above (leaf, relation) AS (
    SELECT leaf, leaf FROM tree
    UNION
    SELECT a.leaf, i.inhparent
    FROM above a
    JOIN pg_catalog.pg_class c ON c.oid = a.relation AND c.relispartition
    JOIN pg_catalog.pg_inherits i ON i.inhrelid = a.relation
), member AS (
    SELECT DISTINCT t.root, r.prpubid AS publication
    FROM tree t
    JOIN above a ON a.leaf = t.leaf
    JOIN pg_catalog.pg_publication_rel r ON r.prrelid = a.relation
    JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid AND p.pubname ~ ?
)
SELECT pg_catalog.format('%I.%I', na.nspname, a.relname) AS referrer, pg_catalog.quote_ident(k.conname) AS name,
       pg_catalog.format('%I.%I', nb.nspname, b.relname) AS referred
FROM key k
JOIN pg_catalog.pg_class a ON a.oid = k.conrelid
JOIN pg_catalog.pg_namespace na ON na.oid = a.relnamespace
JOIN pg_catalog.pg_class b ON b.oid = k.confrelid
JOIN pg_catalog.pg_namespace nb ON nb.oid = b.relnamespace
WHERE EXISTS (SELECT FROM member m JOIN member o ON o.root = k.confrelid
              WHERE m.root = k.conrelid AND m.publication <> o.publication)
ORDER BY 1, 2
