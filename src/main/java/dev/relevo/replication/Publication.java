package dev.relevo.replication;

import dev.relevo.catalog.QualifiedName;
import dev.relevo.catalog.Routing;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The publication of one side: the users' tables by name and that side's own table of marks.
 *
 * <p>From 13 on with {@code publish_via_partition_root}: the rows of a tree whose root is named
 * come as rows of the root, and where leaves are named, that changes nothing for them.
 *
 * <p>Never FOR ALL TABLES: a table without replica identity that is created later would refuse
 * UPDATE and DELETE on production at once. Takes SHARE UPDATE EXCLUSIVE on each table for the
 * length of one statement; clients read and write on.
 */
public final class Publication implements Step {
    private static final String BY_ROOT = "publish_via_partition_root = true";

    private final Node node;
    private final List<QualifiedName> tables;

    /**
     * Names the tables.
     *
     * @param tables permanent ordinary tables, leaf partitions included; of a tree that goes by its
     *     root, that root alone
     */
    public Publication(Node node, List<QualifiedName> tables) {
        this.node = node;
        List<QualifiedName> all = new java.util.ArrayList<>(tables);
        all.add(node.marks());
        this.tables = List.copyOf(all);
    }

    @Override
    public String id() {
        return node.step("publication-" + node.side().label());
    }

    @Override
    public String title() {
        return node.titled("publication") + " on the " + node.side() + " server";
    }

    @Override
    public List<Statement> statements() {
        try (Session server = node.openServer("plan")) {
            return List.of(new Statement(node.side().label(), create(server)));
        }
    }

    @Override
    public Observation observe() {
        try (Session session = node.open("publication")) {
            Set<QualifiedName> published = published(session, node);
            return published.equals(new TreeSet<>(tables)) && isByRoot(session)
                    ? new Observation.Done(published.size() - 1 + " tables")
                    : new Observation.Pending();
        }
    }

    @Override
    public void apply(Progress progress) {
        try (Session session = node.openForDdl("publication")) {
            if (!exists(session)) {
                session.execute(create(session));
                return;
            }
            session.transaction(() -> {
                if (!isByRoot(session)) {
                    session.execute("ALTER PUBLICATION " + name() + " SET (" + BY_ROOT + ")");
                }
                session.execute("ALTER PUBLICATION " + name() + " SET " + list());
            });
        }
    }

    @Override
    public Reversal reversal() {
        String drop = "DROP PUBLICATION IF EXISTS " + name();
        return new Reversal.Undo(
                List.of(new Statement(node.side().label(), drop)),
                () ->
                        node.openIfThere("publication")
                                .ifPresent(session -> {
                                    try (session) {
                                        session.set("session_replication_role", "replica");
                                        session.execute(drop);
                                    }
                                }));
    }

    private String create(Session server) {
        return "CREATE PUBLICATION "
                + name()
                + " FOR "
                + list()
                + (knowsRoots(server) ? " WITH (" + BY_ROOT + ")" : "");
    }

    private static boolean knowsRoots(Session server) {
        return server.version().atLeast(Routing.BY_ROOT);
    }

    /** True also where a server knows of no such thing. */
    private boolean isByRoot(Session session) {
        return !knowsRoots(session)
                || session.exists(
                        "SELECT FROM pg_catalog.pg_publication WHERE pubname = ? AND pubviaroot",
                        node.publication());
    }

    private String list() {
        return "TABLE ONLY "
                + String.join(", ONLY ", tables.stream().map(QualifiedName::sql).toList());
    }

    private String name() {
        return Quote.ident(node.publication());
    }

    private boolean exists(Session session) {
        return session.exists(
                "SELECT FROM pg_catalog.pg_publication WHERE pubname = ?", node.publication());
    }

    /** The tables of a publication, our own table of marks included. */
    public static Set<QualifiedName> published(Session session, Node node) {
        return new TreeSet<>(
                session.query(
                        "SELECT n.nspname, c.relname FROM pg_catalog.pg_publication_rel r"
                                + " JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid"
                                + " JOIN pg_catalog.pg_class c ON c.oid = r.prrelid"
                                + " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                                + " WHERE p.pubname = ?",
                        row -> new QualifiedName(row.text("nspname"), row.text("relname")),
                        node.publication()));
    }
}
