-- The tables whose rows were all copied, and the roots of trees that were loaded through them.
SELECT b.schema, b.name FROM ${copy_table} b WHERE b.chunks = 0 AND NOT b.left_out
UNION ALL
SELECT n.nspname, c.relname
FROM (SELECT b.root FROM ${copy_table} b
      WHERE b.root <> '' GROUP BY b.root HAVING pg_catalog.bool_and(b.chunks = 0 AND NOT b.left_out)) t
JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(t.root)
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
