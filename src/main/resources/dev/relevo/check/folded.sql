-- Expressions that the planner simplifies before it plans any query on their table, whoever asks: those of indexes, of
-- extended statistics (14 and newer) and of partition keys, where they call functions of the users'. nodes: as stored.
SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.relname) AS table,
       e.what, e.nodes, e.drop
FROM (
    SELECT i.indrelid AS relation, 'index ' || pg_catalog.quote_ident(r.relname) AS what,
           pg_catalog.concat(i.indexprs::pg_catalog.text, i.indpred::pg_catalog.text) AS nodes,
           pg_catalog.format('DROP INDEX %I.%I;', rn.nspname, r.relname) AS drop
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class r ON r.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
    WHERE i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
    UNION ALL
    SELECT s.stxrelid, 'statistics ' || pg_catalog.quote_ident(s.stxname), pg_catalog.to_jsonb(s) ->> 'stxexprs',
           pg_catalog.format('DROP STATISTICS %I.%I;', sn.nspname, s.stxname)
    FROM pg_catalog.pg_statistic_ext s
    JOIN pg_catalog.pg_namespace sn ON sn.oid = s.stxnamespace
    WHERE pg_catalog.to_jsonb(s) ->> 'stxexprs' IS NOT NULL  -- 14 and newer
    UNION ALL
    SELECT p.partrelid, 'partition key', p.partexprs::pg_catalog.text, ''
    FROM pg_catalog.pg_partitioned_table p
    WHERE p.partexprs IS NOT NULL
) e
JOIN pg_catalog.pg_class t ON t.oid = e.relation
JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
ORDER BY 1, 2
