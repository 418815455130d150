package dev.relevo.lab;

import dev.relevo.catalog.QualifiedName;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What the tables of a database hold, in a form that is the same in every version. */
public final class Checksums {
    private static final Map<String, String> ALIKE =
            Map.of("extra_float_digits", "0", "statement_timeout", "0", "TimeZone", "UTC");

    private static final String TABLES =
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                    + " WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND nspname NOT LIKE 'pg\\_%'"
                    + " AND nspname NOT IN ('information_schema', 'relevo')";

    private Checksums() {}

    /**
     * The number of rows and a checksum of all of them for each table, its own rows only. Rows that
     * are changed meanwhile are seen or not.
     */
    public static SortedMap<QualifiedName, String> of(Endpoint database) {
        SortedMap<QualifiedName, String> sums = new TreeMap<>();
        try (Session session = database.open("look", ALIKE)) {
            for (QualifiedName table :
                    session.query(
                            TABLES,
                            row -> new QualifiedName(row.text("nspname"), row.text("relname")))) {
                sums.put(
                        table,
                        session.text(
                                "SELECT count(*) || ' ' || coalesce(sum(('x' || left(md5(t::text), 15))"
                                        + "::bit(60)::bigint), 0) FROM ONLY "
                                        + table.sql()
                                        + " t"));
            }
        }
        return sums;
    }
}
