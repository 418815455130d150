package dev.relevo.catalog;

import dev.relevo.pg.Row;
import dev.relevo.pg.ServerVersion;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What is in a database: the user's objects, without those that belong to an extension, are
 * temporary, or are Relevo's own.
 *
 * @param version of the server
 * @param others what logical replication does not carry, or what may disturb it
 */
public record Catalog(
        ServerVersion version,
        List<Schema> schemas,
        List<Table> tables,
        List<Sequence> sequences,
        List<MaterializedView> materializedViews,
        List<Extension> extensions,
        List<Other> others) {

    public Catalog {
        schemas = List.copyOf(schemas);
        tables = List.copyOf(tables);
        sequences = List.copyOf(sequences);
        materializedViews = List.copyOf(materializedViews);
        extensions = List.copyOf(extensions);
        others = List.copyOf(others);
    }

    /** Something that is only ever named, or counted. */
    public record Other(Kind kind, String name) {
        /** What it is. */
        public enum Kind {
            /** The name is how many there are. */
            LARGE_OBJECT,
            FOREIGN_TABLE,
            PREPARED_TRANSACTION,
            /** Enabled ones only. */
            EVENT_TRIGGER,
            /** A trigger that is ENABLE ALWAYS or ENABLE REPLICA, so that it fires in apply. */
            REPLICA_TRIGGER,
            SUBSCRIPTION,
            PUBLICATION
        }
    }

    /**
     * Reads the catalogs in seven statements, each with its own snapshot; takes ACCESS SHARE on
     * system catalogs only, so no client waits for it. Needs a superuser for subscriptions.
     */
    public static Catalog read(Session session) {
        ServerVersion version = session.version();
        return new Catalog(
                version,
                session.query(
                        load("schemas", version),
                        row -> new Schema(row.text("name"), row.text("owner"))),
                tables(session),
                session.query(load("sequences", version), Catalog::sequence),
                session.query(
                        load("materialized_views", version),
                        row ->
                                new MaterializedView(
                                        name(row), row.bool("populated"), row.integer("level"))),
                session.query(
                        load("extensions", version),
                        row ->
                                new Extension(
                                        row.text("name"), row.text("version"), row.text("schema"))),
                session.query(load("others", version), Catalog::other));
    }

    /** The first few objects somebody made in a database, as {@code table public.x}. */
    public static List<String> firstObjects(Session session) {
        return session.query(
                SqlFile.load(Catalog.class, "first_objects"), row -> row.text("object"));
    }

    /** Tables whose rows are replicated: permanent ones, leaf partitions but not their parents. */
    public List<Table> replicated() {
        return tables.stream().filter(Table::isReplicated).toList();
    }

    /** Tables no client may write to behind a fence: all of them, partitioned parents as well. */
    public List<Table> fenced() {
        return tables;
    }

    /** The names of everything of a kind. */
    public List<String> others(Other.Kind kind) {
        return others.stream().filter(o -> o.kind() == kind).map(Other::name).toList();
    }

    /** How many large objects there are. */
    public long largeObjects() {
        return others(Other.Kind.LARGE_OBJECT).stream().mapToLong(Long::parseLong).sum();
    }

    private static List<Table> tables(Session session) {
        ServerVersion version = session.version();
        Map<Long, List<Column>> columns = new HashMap<>();
        session.query(
                load("columns", version),
                row ->
                        columns.computeIfAbsent(row.bigint("table_oid"), _ -> new ArrayList<>())
                                .add(
                                        new Column(
                                                row.text("name"),
                                                row.text("type"),
                                                row.bool("not_null"),
                                                row.bool("comparable"),
                                                row.bool("generated"),
                                                row.bool("identity"))));
        return session.query(
                load("tables", version),
                row ->
                        new Table(
                                name(row),
                                row.bigint("oid"),
                                row.text("kind").equals("p")
                                        ? Table.Kind.PARTITIONED
                                        : Table.Kind.ORDINARY,
                                row.text("persistence").equals("u")
                                        ? Table.Persistence.UNLOGGED
                                        : Table.Persistence.PERMANENT,
                                row.text("owner"),
                                row.bool("is_partition"),
                                identity(row.text("identity")),
                                row.textOrNull("identity_index"),
                                row.textOrNull("primary_key"),
                                row.bool("primary_key_unfit"),
                                row.textOrNull("candidate"),
                                row.bigint("bytes"),
                                row.real("tuples"),
                                columns.getOrDefault(row.bigint("oid"), List.of())));
    }

    private static Table.Identity identity(String letter) {
        return switch (letter) {
            case "d" -> Table.Identity.DEFAULT;
            case "f" -> Table.Identity.FULL;
            case "i" -> Table.Identity.INDEX;
            default -> Table.Identity.NOTHING;
        };
    }

    private static Sequence sequence(Row row) throws SQLException {
        String table = row.textOrNull("owner_table");
        return new Sequence(
                name(row),
                row.text("type"),
                row.bigint("cache"),
                table == null ? null : new QualifiedName(row.text("owner_schema"), table),
                row.textOrNull("owner_column"));
    }

    private static Other other(Row row) throws SQLException {
        String kind = row.text("kind").toUpperCase(Locale.ROOT).replace(' ', '_');
        return new Other(Other.Kind.valueOf(kind), row.text("name"));
    }

    private static QualifiedName name(Row row) throws SQLException {
        return new QualifiedName(row.text("schema"), row.text("name"));
    }

    private static String load(String file, ServerVersion version) {
        return SqlFile.load(Catalog.class, file, version);
    }
}
