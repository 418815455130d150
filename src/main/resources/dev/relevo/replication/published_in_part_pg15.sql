-- Kinds of statements, rows and columns that a publication leaves out. ?: the publication.
SELECT w.what
FROM pg_catalog.pg_publication p
CROSS JOIN LATERAL (
    SELECT pg_catalog.concat_ws(', ', CASE WHEN NOT p.pubinsert THEN 'INSERT' END,
                                CASE WHEN NOT p.pubupdate THEN 'UPDATE' END,
                                CASE WHEN NOT p.pubdelete THEN 'DELETE' END,
                                CASE WHEN NOT p.pubtruncate THEN 'TRUNCATE' END) AS what
    UNION ALL
    SELECT pg_catalog.format('%s of %s', CASE WHEN r.prqual IS NULL THEN 'columns' ELSE 'rows' END,
                             pg_catalog.string_agg(r.prrelid::pg_catalog.regclass::text, ', '))
    FROM pg_catalog.pg_publication_rel r
    WHERE r.prpubid = p.oid AND (r.prqual IS NOT NULL OR r.prattrs IS NOT NULL)
    GROUP BY r.prqual IS NULL
) w
WHERE p.pubname = ? AND w.what <> ''
