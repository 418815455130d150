package dev.relevo.check;

import dev.relevo.catalog.Catalog;
import dev.relevo.catalog.Extension;
import dev.relevo.pg.ClientTools;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Whether the new server can take what the old one has. */
final class TargetChecks {
    private TargetChecks() {}

    /** Relevo adds nothing to what others made. */
    static final class NotEmpty implements Check {
        @Override
        public String id() {
            return "target-not-empty";
        }

        @Override
        public List<Finding> find(Probe probe) {
            if (probe.context().newDatabaseMissing() || probe.context().begun()) {
                return List.of();
            }
            List<String> objects = Catalog.firstObjects(probe.fresh());
            String database = probe.fresh().endpoint().database();
            return objects.isEmpty()
                    ? List.of()
                    : List.of(
                            Probe.error(
                                    id(),
                                    "database %s on the new server is not empty"
                                            .formatted(database),
                                    "There are: " + String.join(", ", objects),
                                    "Run DROP DATABASE %s there if nobody needs it; Relevo creates it anew."
                                            .formatted(Quote.ident(database))));
        }
    }

    /** Text cannot be carried into another encoding without looking at it. */
    static final class Encoding implements Check {
        @Override
        public String id() {
            return "encoding";
        }

        @Override
        public List<Finding> find(Probe probe) {
            String old = probe.old().text("SHOW server_encoding");
            String fresh = probe.fresh().text("SHOW server_encoding");
            return probe.context().newDatabaseMissing() || old.equals(fresh)
                    ? List.of()
                    : List.of(
                            Probe.error(
                                    id(),
                                    "the databases have different encodings",
                                    "It is %s on the old server, %s on the new one."
                                            .formatted(old, fresh),
                                    "Drop the database on the new server; Relevo creates it with the right one."));
        }
    }

    /** Another order of text. */
    static final class Collation implements Check {
        private static final String SQL =
                "SELECT datcollate || ' and ' || datctype FROM pg_catalog.pg_database"
                        + " WHERE datname = pg_catalog.current_database()";

        @Override
        public String id() {
            return "collation";
        }

        @Override
        public List<Finding> find(Probe probe) {
            String old = probe.old().text(SQL);
            if (!probe.context().newDatabaseMissing()) {
                String fresh = probe.fresh().text(SQL);
                return old.equals(fresh)
                        ? List.of()
                        : List.of(
                                Probe.warning(
                                        id(),
                                        "the databases have different collations",
                                        "lc_collate and lc_ctype are %s on the old server, %s on the new one."
                                                .formatted(old, fresh),
                                        "Drop the database on the new server; Relevo creates it with the right one."));
            }
            String collate = old.substring(0, old.indexOf(" and "));
            boolean known =
                    collate.equals("C")
                            || collate.equals("POSIX")
                            || probe.fresh()
                                    .exists(
                                            "SELECT 1 FROM pg_catalog.pg_collation"
                                                    + " WHERE pg_catalog.replace(pg_catalog.lower(collcollate), '-', '')"
                                                    + " = pg_catalog.replace(pg_catalog.lower(?), '-', '')",
                                            collate);
            return known
                    ? List.of()
                    : List.of(
                            Probe.warning(
                                    id(),
                                    "the new server may not know the collation " + collate,
                                    "It is the old database's, and none of the new server's collations has it.",
                                    "Generate the locale on that machine, for example with locale-gen."));
        }
    }

    /** A tablespace is a directory, which nobody makes for us. */
    static final class Tablespaces implements Check {
        private static final String USED =
                "SELECT DISTINCT t.spcname AS name FROM pg_catalog.pg_tablespace t"
                        + " WHERE t.oid IN (SELECT reltablespace FROM pg_catalog.pg_class)"
                        + " OR t.oid = (SELECT dattablespace FROM pg_catalog.pg_database"
                        + " WHERE datname = pg_catalog.current_database()) ORDER BY 1";

        @Override
        public String id() {
            return "tablespaces";
        }

        @Override
        public List<Finding> find(Probe probe) {
            Set<String> missing = new TreeSet<>(names(probe.old(), USED));
            missing.removeAll(
                    names(probe.fresh(), "SELECT spcname AS name FROM pg_catalog.pg_tablespace"));
            return missing.stream()
                    .map(name ->
                            Probe.error(
                                    id(),
                                    "tablespace %s is missing on the new server".formatted(name),
                                    "Tables, indexes or the database itself use it.",
                                    "Make a directory for it there, then run CREATE TABLESPACE %s LOCATION '…'."
                                            .formatted(Quote.ident(name))))
                    .toList();
        }
    }

    /** CREATE EXTENSION needs its files. */
    static final class Extensions implements Check {
        /** What PostgreSQL came with, and the major version that did away with it. */
        private static final Map<String, Integer> GONE =
                Map.ofEntries(
                        Map.entry("adminpack", 17),
                        Map.entry("old_snapshot", 17),
                        Map.entry("plpythonu", 15),
                        Map.entry("plpython2u", 15),
                        Map.entry("hstore_plpythonu", 15),
                        Map.entry("hstore_plpython2u", 15),
                        Map.entry("jsonb_plpythonu", 15),
                        Map.entry("jsonb_plpython2u", 15),
                        Map.entry("ltree_plpythonu", 15),
                        Map.entry("ltree_plpython2u", 15),
                        Map.entry("timetravel", 12),
                        Map.entry("chkpass", 11),
                        Map.entry("tsearch2", 10));

        /** What would keep it from being dropped, the first few. */
        private static final String DEPENDENTS =
                """
                SELECT DISTINCT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) AS name
                FROM pg_catalog.pg_extension e
                JOIN pg_catalog.pg_depend m
                    ON m.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND m.refobjid = e.oid AND m.deptype = 'e'
                JOIN pg_catalog.pg_depend d
                    ON d.refclassid = m.classid AND d.refobjid = m.objid AND d.deptype = 'n'
                WHERE e.extname = ?
                  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend o
                                  WHERE o.classid = d.classid AND o.objid = d.objid AND o.deptype IN ('e', 'i')
                                    AND (o.deptype = 'e' AND o.refobjid = e.oid
                                         OR EXISTS (SELECT FROM pg_catalog.pg_depend p
                                                    WHERE p.classid = o.refclassid AND p.objid = o.refobjid
                                                      AND p.deptype = 'e' AND p.refobjid = e.oid)))
                ORDER BY 1 LIMIT 10
                """;

        @Override
        public String id() {
            return "extensions";
        }

        @Override
        public List<Finding> find(Probe probe) {
            List<String> available =
                    names(
                            probe.fresh(),
                            "SELECT name::text AS name FROM pg_catalog.pg_available_extensions");
            int major = probe.fresh().version().major();
            return probe.catalog().extensions().stream()
                    .map(Extension::name)
                    .filter(name -> !available.contains(name))
                    .map(name -> finding(probe, name, GONE.getOrDefault(name, 0), major))
                    .toList();
        }

        private Finding finding(Probe probe, String name, int gone, int major) {
            boolean never = gone > 0 && gone <= major;
            List<String> dependents = names(probe.old(), DEPENDENTS, name);
            String drop = "DROP EXTENSION " + Quote.ident(name);
            String hint =
                    dependents.isEmpty()
                            ? "run " + drop + "; on the old server."
                            : "change or drop what depends on it, then run %s; on the old server; %s CASCADE; drops all of that with it."
                                    .formatted(drop, drop);
            return Probe.error(
                    id(),
                    "extension %s is not available on the new server".formatted(name),
                    (never
                                    ? "It is installed in the old database; PostgreSQL %d did away with it."
                                            .formatted(gone)
                                    : "It is installed in the old database.")
                            + (dependents.isEmpty()
                                    ? ""
                                    : " What depends on it: "
                                            + String.join(", ", dependents)
                                            + "."),
                    never
                            ? hint.substring(0, 1).toUpperCase(Locale.ROOT) + hint.substring(1)
                            : "Install its package for PostgreSQL %d there, or %s"
                                    .formatted(major, hint));
        }
    }

    /** pg_dump refuses servers newer than itself. */
    static final class Tools implements Check {
        @Override
        public String id() {
            return "client-tools";
        }

        @Override
        public List<Finding> find(Probe probe) {
            return judge(
                    id(),
                    probe.old().version().major(),
                    probe.fresh().version().major(),
                    ClientTools.installed());
        }

        static List<Finding> judge(String id, int old, int fresh, List<ClientTools> installed) {
            String hint = "Run apt-get install postgresql-client-" + fresh + " on this machine.";
            Optional<ClientTools> newest = installed.stream().findFirst();
            if (newest.isEmpty()) {
                return List.of(
                        Probe.error(
                                id,
                                "pg_dump and psql are not installed on this machine",
                                "Looked in /usr/lib/postgresql/*/bin, /usr/pgsql-*/bin and PATH.",
                                hint));
            }
            if (newest.get().major() < old) {
                return List.of(
                        Probe.error(
                                id,
                                "pg_dump %s is older than the old server"
                                        .formatted(newest.get().version()),
                                "The newest one is in %s; the old server is %d."
                                        .formatted(newest.get().directory(), old),
                                hint));
            }
            return List.of();
        }
    }

    private static List<String> names(Session session, String sql, @Nullable Object... arguments) {
        List<String> names = new ArrayList<>();
        names.addAll(session.query(sql, row -> row.text("name"), arguments));
        return names;
    }
}
