package dev.relevo.check;

import dev.relevo.catalog.Catalog.Other.Kind;
import dev.relevo.catalog.Table;
import dev.relevo.pg.Quote;
import java.util.List;
import java.util.function.Function;

/** Whether what is in the old database can be replicated. */
final class ContentChecks {
    private static final long BIG = 64L << 20;

    private ContentChecks() {}

    /** Without one, UPDATE and DELETE fail as soon as the table is published. */
    static final class ReplicaIdentity implements Check {
        @Override
        public String id() {
            return "replica-identity";
        }

        @Override
        public List<Finding> find(Probe probe) {
            return probe.catalog().replicated().stream()
                    .filter(table -> !table.hasWorkingIdentity() && table.mend().isEmpty())
                    .map(this::finding)
                    .toList();
        }

        private Finding finding(Table table) {
            List<String> columns =
                    table.incomparable().stream().map(c -> c.name() + " " + c.type()).toList();
            String name = table.name().sql();
            String index = Quote.ident(table.name().name() + "_relevo_key");
            return Probe.error(
                    id(),
                    "table %s cannot be given a replica identity".formatted(table.name()),
                    columns.isEmpty()
                            ? "Its primary key has a generated column, which is not replicated."
                            : "It has no usable key, and a column whose type has no equality operator: "
                                    + String.join(", ", columns)
                                    + ".",
                    "Run ALTER TABLE %s ADD PRIMARY KEY (…), or CREATE UNIQUE INDEX %s ON %s (…) over NOT NULL columns and then ALTER TABLE %s REPLICA IDENTITY USING INDEX %s, on the old server."
                            .formatted(name, index, name, name, index));
        }
    }

    /** Every UPDATE there reads the whole table. */
    static final class FullIdentity implements Check {
        @Override
        public String id() {
            return "full-identity";
        }

        @Override
        public List<Finding> find(Probe probe) {
            return probe.catalog().replicated().stream()
                    .filter(table -> table.bytes() > BIG && table.candidate() == null)
                    .filter(table -> table.hasWorkingIdentity() || table.mend().isPresent())
                    .map(table ->
                            Probe.warning(
                                    id(),
                                    "table %s has %d MB and no key"
                                            .formatted(table.name(), table.bytes() >> 20),
                                    "It is replicated with REPLICA IDENTITY FULL, so each UPDATE or DELETE of a row may read the whole table on the new server.",
                                    "Run ALTER TABLE %s ADD PRIMARY KEY (…) on the old server if rows of it are changed."
                                            .formatted(table.name().sql())))
                    .toList();
        }
    }

    /** What 12 did away with: OIDs as a hidden column, and the oldest types of time. */
    static final class RemovedTypes implements Check {
        private static final String SQL =
                """
                SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, a.attname AS attribute,
                       a.attnum < 0 AS is_oid, pg_catalog.format_type(a.atttypid, NULL) AS type
                FROM pg_catalog.pg_class c
                JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
                JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
                WHERE c.relkind IN ('r', 'p', 'm', 'f', 'c', 'v') AND c.relpersistence <> 't'
                  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                  AND (a.attname = 'oid' AND a.attnum < 0
                       OR t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace
                          AND t.typname IN ('abstime', 'reltime', 'tinterval', '_abstime', '_reltime', '_tinterval'))
                ORDER BY 1, a.attnum
                """;

        @Override
        public String id() {
            return "removed-types";
        }

        @Override
        public List<Finding> find(Probe probe) {
            return probe.old().version().atLeast(12)
                    ? List.of()
                    : probe.old()
                            .query(
                                    SQL,
                                    row ->
                                            row.bool("is_oid")
                                                    ? oids(row.text("name"))
                                                    : type(
                                                            row.text("name"),
                                                            row.text("attribute"),
                                                            row.text("type")));
        }

        private Finding oids(String table) {
            return Probe.error(
                    id(),
                    "table %s was made WITH OIDS".formatted(table),
                    "PostgreSQL 12 and newer has no such column, so its values would be missing on the new server.",
                    "Run ALTER TABLE %s SET WITHOUT OIDS on the old server if nobody needs them; it rewrites the table. Else copy them into a column of their own first."
                            .formatted(table));
        }

        private Finding type(String relation, String column, String type) {
            return Probe.error(
                    id(),
                    "column %s of %s has type %s".formatted(column, relation, type),
                    "PostgreSQL 12 and newer has no such type.",
                    "Run ALTER TABLE %s ALTER COLUMN … TYPE timestamptz (or interval) on the old server; it rewrites the table."
                            .formatted(relation));
        }
    }

    /** Logical replication knows nothing of them. */
    static final class LargeObjects implements Check {
        @Override
        public String id() {
            return "large-objects";
        }

        @Override
        public List<Finding> find(Probe probe) {
            long count = probe.catalog().largeObjects();
            return count == 0
                    ? List.of()
                    : List.of(
                            Probe.error(
                                    id(),
                                    "the database has %d large objects".formatted(count),
                                    "Large objects are not replicated, so they would be missing on the new server.",
                                    "Move them into bytea columns, or run SELECT lo_unlink(oid) FROM pg_largeobject_metadata if nobody needs them."));
        }
    }

    /** Their rows never reach the log. */
    static final class Unlogged implements Check {
        @Override
        public String id() {
            return "unlogged-tables";
        }

        @Override
        public List<Finding> find(Probe probe) {
            List<String> names =
                    probe.catalog().tables().stream()
                            .filter(t -> t.persistence() == Table.Persistence.UNLOGGED)
                            .map(t -> t.name().toString())
                            .toList();
            return list(
                    names,
                    all ->
                            Probe.warning(
                                    id(),
                                    "the rows of %d unlogged tables are not carried"
                                            .formatted(names.size()),
                                    all,
                                    "Run ALTER TABLE … SET LOGGED on the old server for those whose rows matter."));
        }
    }

    /**
     * Rows that users put into tables which an extension made: CREATE EXTENSION makes the table
     * anew, and it is not published. Those that pg_dump would carry, by the extension's own word.
     */
    static final class ExtensionRows implements Check {
        private static final String SQL =
                """
                SELECT t.id::pg_catalog.regclass::text AS name, c.condition
                FROM pg_catalog.pg_extension e
                CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(e.extconfig)) WITH ORDINALITY AS t (id, n)
                JOIN LATERAL ROWS FROM (pg_catalog.unnest(e.extcondition)) WITH ORDINALITY AS c (condition, n)
                    USING (n)
                JOIN pg_catalog.pg_class r ON r.oid = t.id AND r.relkind IN ('r', 'p')
                ORDER BY 1
                """;

        private record Configured(String name, String condition) {}

        @Override
        public String id() {
            return "extension-rows";
        }

        @Override
        public List<Finding> find(Probe probe) {
            List<String> names =
                    probe
                            .old()
                            .query(
                                    SQL,
                                    row -> new Configured(row.text("name"), row.text("condition")))
                            .stream()
                            .filter(table ->
                                    probe.old()
                                            .exists(
                                                    "SELECT FROM "
                                                            + table.name
                                                            + " "
                                                            + table.condition
                                                            + " LIMIT 1"))
                            .map(Configured::name)
                            .toList();
            return list(
                    names,
                    all ->
                            Probe.warning(
                                    id(),
                                    "the rows of %d tables that belong to extensions are not carried"
                                            .formatted(names.size()),
                                    all,
                                    "Copy them by hand after relevo start, or set the extension up anew: pg_dump --data-only --table=… shows the rows."));
        }
    }

    /** Their rows are elsewhere. */
    static final class ForeignTables implements Check {
        @Override
        public String id() {
            return "foreign-tables";
        }

        @Override
        public List<Finding> find(Probe probe) {
            List<String> names = probe.catalog().others(Kind.FOREIGN_TABLE);
            return list(
                    names,
                    all ->
                            Probe.notice(
                                    id(),
                                    "%d foreign tables are carried as definitions"
                                            .formatted(names.size()),
                                    all,
                                    "Make sure that the new server reaches the same foreign servers."));
        }
    }

    /** They fire for our DDL as well. */
    static final class EventTriggers implements Check {
        @Override
        public String id() {
            return "event-triggers";
        }

        @Override
        public List<Finding> find(Probe probe) {
            List<String> names = probe.catalog().others(Kind.EVENT_TRIGGER);
            return list(
                    names,
                    all ->
                            Probe.warning(
                                    id(),
                                    "%d event triggers fire for Relevo's statements too"
                                            .formatted(names.size()),
                                    all,
                                    "Run ALTER EVENT TRIGGER … DISABLE on the old server if one of them refuses DDL."));
        }
    }

    /** They fire a second time, in the apply worker. */
    static final class ReplicaTriggers implements Check {
        @Override
        public String id() {
            return "replica-triggers";
        }

        @Override
        public List<Finding> find(Probe probe) {
            List<String> names = probe.catalog().others(Kind.REPLICA_TRIGGER);
            return list(
                    names,
                    all ->
                            Probe.warning(
                                    id(),
                                    "%d triggers are ENABLE ALWAYS or ENABLE REPLICA"
                                            .formatted(names.size()),
                                    "They fire again when a change is applied on the other server: "
                                            + all,
                                    "Run ALTER TABLE … ENABLE TRIGGER … on the old server for those that must fire once."));
        }
    }

    /** Rows that arrive by replication would arrive from two sides. */
    static final class Subscribed implements Check {
        @Override
        public String id() {
            return "subscriptions";
        }

        @Override
        public List<Finding> find(Probe probe) {
            List<String> names =
                    probe.old()
                            .query(
                                    "SELECT s.subname || ' into ' || r.srrelid::pg_catalog.regclass::text AS name"
                                            + " FROM pg_catalog.pg_subscription_rel r JOIN pg_catalog.pg_subscription s"
                                            + " ON s.oid = r.srsubid WHERE s.subname !~ '^relevo' ORDER BY 1",
                                    row -> row.text("name"));
            return list(
                    names,
                    all ->
                            Probe.error(
                                    id(),
                                    "the old server subscribes to tables elsewhere",
                                    all,
                                    "Run DROP SUBSCRIPTION … on the old server, and subscribe the new one after the upgrade."));
        }
    }

    /** Who subscribes to them goes on at a place in the old server's log. */
    static final class Publications implements Check {
        @Override
        public String id() {
            return "publications";
        }

        @Override
        public List<Finding> find(Probe probe) {
            List<String> names =
                    probe.catalog().others(Kind.PUBLICATION).stream()
                            .filter(name -> !name.matches("relevo_[0-9a-f]{8}(_[0-9]+)?"))
                            .toList();
            return list(
                    names,
                    all ->
                            Probe.warning(
                                    id(),
                                    "%d publications are not carried".formatted(names.size()),
                                    all,
                                    "Run CREATE PUBLICATION … on the new server after the switch, and let its subscribers subscribe anew."));
        }
    }

    /** A publication of ours goes by this name. */
    static final class Publication implements Check {
        @Override
        public String id() {
            return "publication-name";
        }

        @Override
        public List<Finding> find(Probe probe) {
            List<String> names =
                    probe.context().begun() ? List.of() : probe.catalog().others(Kind.PUBLICATION);
            return names.stream()
                    .filter(name -> name.matches("relevo_[0-9a-f]{8}(_[0-9]+)?"))
                    .map(name ->
                            Probe.error(
                                    id(),
                                    "the old database has a publication named %s that is not Relevo's"
                                            .formatted(name),
                                    "Relevo needs the name, and left no mark of its own there.",
                                    "Run ALTER PUBLICATION %s RENAME TO something_else on the old server."
                                            .formatted(name)))
                    .toList();
        }
    }

    private static List<Finding> list(List<String> names, Function<String, Finding> finding) {
        if (names.isEmpty()) {
            return List.of();
        }
        String all =
                names.size() > 10
                        ? String.join(", ", names.subList(0, 10)) + ", …"
                        : String.join(", ", names);
        return List.of(finding.apply(all));
    }
}
