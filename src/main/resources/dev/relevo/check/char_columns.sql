-- Columns of the users' tables of type "char", of a domain over it or an array of it. condition: true where a value is
-- above 127; calls nothing of the users'.
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS table_name, pg_catalog.quote_ident(a.attname) AS column_name,
       CASE WHEN b.id = 'pg_catalog."char"'::pg_catalog.regtype
            THEN pg_catalog.format('%I::pg_catalog."char" OPERATOR(pg_catalog.>) pg_catalog."char"(127)', a.attname)
            ELSE pg_catalog.format('EXISTS (SELECT FROM pg_catalog.unnest(%I::pg_catalog."char"[]) e WHERE e OPERATOR(pg_catalog.>) pg_catalog."char"(127))',
                                   a.attname) END AS condition,
       pg_catalog.pg_relation_size(c.oid) AS bytes
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
CROSS JOIN LATERAL (SELECT CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END AS id) b
WHERE c.relkind = 'r' AND c.relpersistence = 'p'
  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
  AND b.id IN ('pg_catalog."char"'::pg_catalog.regtype, 'pg_catalog."char"[]'::pg_catalog.regtype)
ORDER BY 1, 2
