-- Kinds of statements that a publication leaves out. ?: the publication.
SELECT pg_catalog.concat_ws(', ', CASE WHEN NOT p.pubinsert THEN 'INSERT' END,
                            CASE WHEN NOT p.pubupdate THEN 'UPDATE' END, CASE WHEN NOT p.pubdelete THEN 'DELETE' END,
                            CASE WHEN NOT p.pubtruncate THEN 'TRUNCATE' END) AS what
FROM pg_catalog.pg_publication p
WHERE p.pubname = ? AND NOT (p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate)
