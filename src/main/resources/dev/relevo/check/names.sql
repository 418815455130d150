-- What is found only by a search_path: the names that no object of pg_catalog has. kind: f function, r relation, t type.
SELECT 'f' AS kind, p.proname AS name, n.nspname AS schema
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc c WHERE c.proname = p.proname AND c.pronamespace = 'pg_catalog'::pg_catalog.regnamespace)
UNION
SELECT 'r', c.relname, n.nspname
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo') AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_class o WHERE o.relname = c.relname AND o.relnamespace = 'pg_catalog'::pg_catalog.regnamespace)
UNION
SELECT 't', t.typname, n.nspname
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'relevo') AND t.typelem = 0
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_type o WHERE o.typname = t.typname AND o.typnamespace = 'pg_catalog'::pg_catalog.regnamespace)
