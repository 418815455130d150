package dev.relevo.upgrade;

import dev.relevo.catalog.QualifiedName;
import dev.relevo.lab.Checksums;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What is in a database, in a form that is the same in every version. */
final class Contents {
    /** Indexes, constraints and the like, as PostgreSQL would write them down. */
    private static final String OBJECTS =
            """
            SELECT 'index ' || pg_get_indexdef(indexrelid) || ' ' || indisclustered || indisreplident || indisvalid
                || coalesce(obj_description(indexrelid, 'pg_class'), '') AS line
                FROM pg_index WHERE indexrelid >= 16384 AND indrelid::regclass::text NOT LIKE 'relevo.%' AND indrelid::regclass::text NOT LIKE 'pg_toast.%'
            UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
                || ' ' || convalidated || coalesce(obj_description(oid, 'pg_constraint'), '')
                FROM pg_constraint WHERE connamespace::regnamespace::text NOT IN ('relevo', 'pg_catalog', 'information_schema')
                    AND contype <> 'n'
            UNION ALL SELECT 'trigger ' || replace(pg_get_triggerdef(oid), 'EXECUTE PROCEDURE', 'EXECUTE FUNCTION') || ' ' || tgenabled::text FROM pg_trigger
                WHERE NOT tgisinternal AND tgname <> 'relevo_fence' AND tgrelid::regclass::text NOT LIKE 'relevo.%'
            UNION ALL SELECT 'rule ' || tablename || ' ' || definition FROM pg_rules WHERE schemaname = 'public'
            UNION ALL SELECT 'policy ' || polname || ' ' || polrelid::regclass || pg_get_expr(polqual, polrelid) FROM pg_policy
            UNION ALL SELECT 'statistics ' || stxname || ' ' || stxrelid::regclass FROM pg_statistic_ext
            UNION ALL SELECT 'event trigger ' || evtname || evtevent FROM pg_event_trigger
            UNION ALL SELECT 'row security ' || oid::regclass FROM pg_class WHERE relrowsecurity
            UNION ALL SELECT 'inherits ' || inhrelid::regclass || inhparent::regclass FROM pg_inherits
            """;

    private Contents() {}

    /** Rows and a checksum for each table, its own rows only. */
    static Map<QualifiedName, String> checksums(Endpoint database) {
        return Checksums.of(database);
    }

    static Set<String> objects(Endpoint database) {
        try (Session session = database.open("look")) {
            return new TreeSet<>(session.query(OBJECTS, row -> row.text("line")));
        }
    }
}
