-- The user's tables: what kind each is, how its rows are identified, how big it is.
--
-- primary_key:        the name of the primary key's index, if it can serve as replica identity: a deferrable
--                     one cannot, nor one over a generated column, which is not replicated.
-- primary_key_unfit:  there is a primary key, and it cannot. A subscriber insists on a primary key's columns.
-- candidate:          the best index that ALTER TABLE ... REPLICA IDENTITY USING INDEX accepts.
WITH keys AS (
    SELECT i.indrelid, i.indisprimary, i.indisreplident, c.relname AS name,
           i.indisvalid AND i.indislive AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
               AND bool_and(a.attnotnull) AND NOT bool_or(false) AS fit,
           count(*) AS width,
           sum(CASE WHEN a.attlen < 0 THEN 100 ELSE a.attlen END) AS bytes
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    CROSS JOIN LATERAL pg_catalog.generate_series(0, i.indnkeyatts - 1) AS k (n)
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.n]
    WHERE i.indisunique AND i.indrelid >= 16384
    GROUP BY i.indexrelid, i.indrelid, i.indisprimary, i.indisreplident, c.relname, i.indisvalid, i.indislive,
             i.indimmediate, i.indpred, i.indexprs
), per_table AS (
    SELECT k.indrelid,
           max(k.name::text) FILTER (WHERE k.indisreplident) AS identity_index,
           max(k.name::text) FILTER (WHERE k.indisprimary AND k.fit) AS primary_key,
           bool_or(k.indisprimary AND k.fit IS NOT TRUE) AS primary_key_unfit,
           (array_agg(k.name::text ORDER BY k.indisprimary DESC, k.width, k.bytes, k.name)
                FILTER (WHERE k.fit))[1] AS candidate
    FROM keys k
    GROUP BY k.indrelid
)
SELECT c.oid::bigint AS oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
       c.relpersistence AS persistence, pg_catalog.pg_get_userbyid(c.relowner) AS owner,
       c.relispartition AS is_partition, c.relreplident AS identity,
       k.identity_index, k.primary_key, coalesce(k.primary_key_unfit, false) AS primary_key_unfit, k.candidate,
       CASE WHEN c.relkind = 'p' THEN 0 ELSE pg_catalog.pg_relation_size(c.oid) END AS bytes,
       c.reltuples AS tuples
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN per_table k ON k.indrelid = c.oid
WHERE c.relkind IN ('r', 'p')
  AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
  AND c.oid NOT IN (SELECT d.objid FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'e')
ORDER BY n.nspname, c.relname
