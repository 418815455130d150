package dev.relevo.schema;

import static dev.relevo.ledger.OwnTable.AFTER_DATA;

import dev.relevo.catalog.Catalog;
import dev.relevo.catalog.QualifiedName;
import dev.relevo.catalog.SchemaStamp;
import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.ledger.OwnTable;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Quote;
import dev.relevo.pg.ServerVersion;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Carries the schema: pg_dump of the old server's own version or a newer one, taken apart by
 * pg_restore. What the rows need goes through psql into the new server; what they are better off
 * without (indexes, keys, triggers, the rest) is kept in {@link OwnTable#AFTER_DATA} for {@link
 * CarryAfterData} and for the copy. All in one transaction.
 *
 * <p>The transaction begins with a row in {@link Facts} that also says what was there before, and
 * is committed by the last line of what psql reads. So whoever is killed, and whenever, either all
 * of the schema is there and the row too, or nothing: a psql that lost us reads the end of its
 * input before the COMMIT. A second one, started meanwhile, waits for the row of the first. (psql's
 * own {@code --single-transaction} commits at the end of the input, however early it comes.)
 *
 * <p>The new server's tables are seen by nobody before the commit. Of the old server's it takes
 * what {@link SchemaDump} says.
 */
public final class CarrySchema implements Step {

    private static final List<String> PRE_DATA =
            List.of("--section=pre-data", "--file=/dev/stdout");

    private static final List<String> RESTORE =
            List.of(
                    "--no-psqlrc",
                    "--quiet",
                    "--echo-errors",
                    "--set=ON_ERROR_STOP=1",
                    "--no-password",
                    "--output=/dev/null",
                    "--file=-");

    /** So many entries are kept by one statement: each would cost an answer. */
    private static final int ROWS = 100;

    private static final String INSERT =
            "\nINSERT INTO " + AFTER_DATA + " (id, kind, schema, name, what, sql) VALUES\n";

    private final Endpoint oldServer;
    private final Endpoint newServer;

    public CarrySchema(Endpoint oldServer, Endpoint newServer) {
        this.oldServer = oldServer;
        this.newServer = newServer;
    }

    @Override
    public String id() {
        return "schema";
    }

    @Override
    public String title() {
        return "carry the schema to the new server";
    }

    @Override
    public List<Statement> statements() {
        return List.of(
                new Statement(
                        "here",
                        "pg_dump %s --dbname=%s | pg_restore | psql %s --dbname=%s"
                                .formatted(
                                        String.join(" ", SchemaDump.OPTIONS),
                                        oldServer.display(),
                                        String.join(" ", RESTORE),
                                        newServer.display())));
    }

    @Override
    public Observation observe() {
        return Servers.openIfThere(newServer, id(), Map.of())
                .<Observation>map(session -> {
                    try (session) {
                        return new Facts(session).get(Fact.SCHEMA).isPresent()
                                ? new Observation.Done(
                                        Catalog.read(session).tables().size() + " tables")
                                : new Observation.Pending();
                    }
                })
                .orElseGet(Observation.Pending::new);
    }

    @Override
    public void apply(Progress progress) {
        if (observe() instanceof Observation.Done) {
            return;
        }
        List<String> before;
        try (Session session = newServer.open(id())) {
            requireEmpty(session);
            before = Emptying.before(session);
        }
        Map<Archive.Address, QualifiedName> tables = new HashMap<>();
        progress.report(0, 2, "pg_dump of the old server's schema");
        try (Session session = oldServer.open(id())) {
            // Before the dump: what changes between the two is found by the next comparison.
            new Facts(session).put(Fact.SCHEMA_STAMP, List.of(SchemaStamp.of(session)));
        }
        SchemaDump dump = SchemaDump.take(oldServer, version(newServer));
        try (Session session = oldServer.open(id())) {
            session.query(
                    SqlFile.load(CarrySchema.class, "index_tables"),
                    row ->
                            tables.put(
                                            new Archive.Address(
                                                    row.bigint("class"), row.bigint("oid")),
                                            new QualifiedName(row.text("schema"), row.text("name")))
                                    == null);
        }
        String first = dump.part(PRE_DATA, newServer);
        List<Archive.Entry> later =
                Archive.entries(dump.part(Archive.POST_DATA, newServer), tables).stream()
                        .map(entry -> dump.isReadable(entry.sql()) ? entry : entry.asRest())
                        .toList();
        progress.report(1, 2, "psql on the new server");
        Map<String, String> options = Servers.quiet(version(newServer), Map.of());
        Child.Result restore =
                Child.run(
                        dump.tools().psql(),
                        RESTORE,
                        newServer,
                        options,
                        script(first, later, before));
        if (restore.status() != 0 && !(observe() instanceof Observation.Done)) {
            throw SchemaDump.failed("psql", dump.tools(), restore.errors());
        }
    }

    private ServerVersion version(Endpoint server) {
        try (Session session = server.open(id())) {
            return session.version();
        }
    }

    private void requireEmpty(Session session) {
        List<String> objects = Catalog.firstObjects(session);
        if (!objects.isEmpty() && new Facts(session).get(Fact.SCHEMA).isEmpty()) {
            throw new Problem(
                            ExitStatus.STATE,
                            "target-not-empty",
                            "database " + newServer.database() + " on the new server is not empty",
                            "There are: " + String.join(", ", objects),
                            "Name another database, or drop this one with DROP DATABASE "
                                    + Quote.ident(newServer.database())
                                    + ".")
                    .toException();
        }
    }

    private static byte[] script(String first, List<Archive.Entry> later, List<String> before) {
        String head =
                "BEGIN;\n"
                        + Facts.statement(Fact.SCHEMA, before)
                        + ";\n"
                        + OwnTable.load(CarrySchema.class, "after_data");
        ByteArrayOutputStream script = new ByteArrayOutputStream();
        script.writeBytes(head.getBytes(StandardCharsets.UTF_8));
        script.writeBytes(first.getBytes(StandardCharsets.ISO_8859_1));
        for (int i = 0; i < later.size(); i++) {
            script.writeBytes((i % ROWS == 0 ? INSERT : ",\n").getBytes(StandardCharsets.UTF_8));
            script.writeBytes(values(i, later.get(i)));
            boolean last = i % ROWS == ROWS - 1 || i == later.size() - 1;
            script.writeBytes((last ? ";\n" : "").getBytes(StandardCharsets.UTF_8));
        }
        script.writeBytes("\nCOMMIT;\n".getBytes(StandardCharsets.UTF_8));
        return script.toByteArray();
    }

    /**
     * In the encoding of the dump, which it has told psql; names from the catalogs are in it too.
     */
    private static byte[] values(int id, Archive.Entry entry) {
        // The table is known in Java's encoding; psql reads the dump's. So it goes as hex of UTF-8.
        String schema = entry.table().map(t -> utf8(t.schema())).orElse("NULL");
        String name = entry.table().map(t -> utf8(t.name())).orElse("NULL");
        return ("("
                        + id
                        + ", "
                        + Quote.literal(entry.kind().label())
                        + ", "
                        + schema
                        + ", "
                        + name
                        + ", "
                        + Quote.literal(entry.what())
                        + ", "
                        + Quote.literal(entry.sql())
                        + ")")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String utf8(String text) {
        return "pg_catalog.convert_from('\\x"
                + HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8))
                + "', 'UTF8')";
    }

    @Override
    public Reversal reversal() {
        return Servers.openIfThere(newServer, id(), Map.of())
                .<Reversal>map(session -> {
                    try (session) {
                        return new Facts(session)
                                .get(Fact.SCHEMA)
                                .<Reversal>map(before ->
                                        new Reversal.Undo(
                                                List.of(
                                                        new Statement(
                                                                "new",
                                                                "DROP … CASCADE, for every object in database "
                                                                        + newServer.database())),
                                                () -> empty(before)))
                                .orElseGet(Reversal.Nothing::new);
                    }
                })
                .orElseGet(Reversal.Nothing::new);
    }

    private void empty(List<String> before) {
        Emptying.run(newServer, before);
        try (Session session = oldServer.open(id())) {
            Facts facts = new Facts(session);
            facts.remove(Fact.SCHEMA_STAMP);
            facts.remove(Fact.SCHEMAS_ALIKE);
        }
    }
}
