-- Keeping clients out by privilege, and letting them in again.

-- Closes every schema of the users by taking all privileges on it away; superusers are not stopped.
CREATE OR REPLACE FUNCTION relevo.close_schemas() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO ${saved_acl} (schema, acl)
    SELECT n.oid, n.nspacl
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'relevo')
    ON CONFLICT DO NOTHING;
    -- An empty array would be no valid list of privileges; this one gives the bootstrap superuser what it has anyway.
    UPDATE pg_catalog.pg_namespace n SET nspacl = ARRAY[pg_catalog.makeaclitem(10, 10, 'USAGE', false)]
    FROM ${saved_acl} s WHERE s.schema = n.oid;
END $$;

-- Gives the privileges back exactly as they were.
CREATE OR REPLACE FUNCTION relevo.open_schemas() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    UPDATE pg_catalog.pg_namespace n SET nspacl = s.acl
    FROM ${saved_acl} s WHERE s.schema = n.oid;
    DELETE FROM ${saved_acl};
END $$;
