package dev.relevo.schema;

import dev.relevo.catalog.Side;
import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.ledger.Identity;
import dev.relevo.ledger.Ledger;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlState;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Creates the database on the new server when it is missing there: same encoding, locale, owner,
 * tablespace and connection limit.
 *
 * <p>CREATE DATABASE cannot be part of a transaction, and the undo must never drop a database that
 * somebody else made. So it is created under a random name, which {@link Facts} on the old server
 * knew before; its OID is kept there, and the upgrade's UUID is written into it ({@link
 * Ledger#mark}); then it is renamed. It is dropped only when it bears that random name, or has that
 * OID <em>and</em> says of itself that it belongs to this upgrade. A database that existed is not
 * touched.
 */
public final class CreateDatabase implements Step {
    private static final String DUPLICATE_DATABASE = "42P04";
    private static final String UNIQUE_VIOLATION = "23505";
    private static final Duration RENAME_PATIENCE = Duration.ofSeconds(20);
    private static final Map<String, String> PATIENT = Map.of("statement_timeout", "10min");

    private final Endpoint oldServer;
    private final Endpoint newServer;
    private final Identity identity;

    /**
     * Looks at nothing yet.
     *
     * @param identity of the upgrade that the database is made for
     */
    public CreateDatabase(Endpoint oldServer, Endpoint newServer, Identity identity) {
        this.oldServer = oldServer;
        this.newServer = newServer;
        this.identity = identity;
    }

    @Override
    public String id() {
        return "database";
    }

    @Override
    public String title() {
        return "create the database on the new server";
    }

    @Override
    public List<Statement> statements() {
        try (Session session = onNew()) {
            return exists(session, newServer.database())
                    ? List.of()
                    : List.of(new Statement("new", create(newServer.database())));
        }
    }

    @Override
    public Observation observe() {
        try (Session session = onNew()) {
            return exists(session, newServer.database())
                    ? new Observation.Done("database " + newServer.database() + " exists")
                    : new Observation.Pending();
        }
    }

    @Override
    public void apply(Progress progress) {
        if (observe() instanceof Observation.Done) {
            return;
        }
        String name = temporaryName();
        try (Session session = onNew()) {
            if (!exists(session, name)) {
                create(session, name);
            }
            String oid =
                    session.text(
                            "SELECT oid::text FROM pg_catalog.pg_database WHERE datname = ?", name);
            save(List.of(name, oid));
            try (Session inside = newServer.withDatabase(name).openForDdl(id())) {
                inside.transaction(
                        () -> Ledger.mark(inside, Side.NEW, identity, newServer.database()));
            }
            rename(session, name);
        }
    }

    /**
     * Nobody may be connected to a database that is renamed: our own session that wrote the ledger,
     * and whoever looks at all databases of a server, are sent away, again and again if need be.
     */
    private void rename(Session session, String name) {
        long deadline = System.nanoTime() + RENAME_PATIENCE.toNanos();
        while (true) {
            session.query(
                    "SELECT pg_catalog.pg_terminate_backend(pid) AS done"
                            + " FROM pg_catalog.pg_stat_activity WHERE datname = ?",
                    row -> row.bool("done"),
                    name);
            try {
                session.execute(
                        "ALTER DATABASE "
                                + Quote.ident(name)
                                + " RENAME TO "
                                + Quote.ident(newServer.database()));
                return;
            } catch (PgException e) {
                if (!e.is(SqlState.OBJECT_IN_USE) || System.nanoTime() > deadline) {
                    throw e;
                }
            }
        }
    }

    private void create(Session session, String name) {
        try {
            session.execute(create(name));
        } catch (PgException e) {
            // A statement of ours from before a kill was still at it, and has ended now.
            if (!e.is(DUPLICATE_DATABASE) && !e.is(UNIQUE_VIOLATION)) {
                throw e;
            }
        }
    }

    @Override
    public Reversal reversal() {
        List<String> saved = saved();
        if (saved.isEmpty()) {
            return new Reversal.Nothing();
        }
        try (Session session = onNew()) {
            List<Statement> drops =
                    ours(session, saved).stream()
                            .map(name -> new Statement("new", drop(session, name)))
                            .toList();
            return new Reversal.Undo(drops, () -> remove(saved));
        }
    }

    private void remove(List<String> saved) {
        try (Session session = onNew()) {
            for (String name : ours(session, saved)) {
                if (!session.version().atLeast(13)) {
                    session.query(
                            "SELECT pg_catalog.pg_terminate_backend(pid) AS done"
                                    + " FROM pg_catalog.pg_stat_activity WHERE datname = ?",
                            row -> row.bool("done"),
                            name);
                }
                session.execute(drop(session, name));
            }
        }
        try (Session session = oldServer.open(id())) {
            new Facts(session).remove(Fact.DATABASE);
        }
    }

    private static String drop(Session session, String name) {
        return "DROP DATABASE IF EXISTS "
                + Quote.ident(name)
                + (session.version().atLeast(13) ? " WITH (FORCE)" : "");
    }

    /** The database we made, whichever name it has by now. */
    private List<String> ours(Session session, List<String> saved) {
        String random = saved.getFirst();
        return session
                .query(
                        "SELECT datname FROM pg_catalog.pg_database WHERE datname = ? OR oid::text = ?",
                        row -> row.text("datname"),
                        random,
                        saved.size() > 1 ? saved.get(1) : "")
                .stream()
                .filter(name -> name.equals(random) || saysItIsOurs(name))
                .toList();
    }

    /** Whether the database has the ledger of this upgrade. */
    private boolean saysItIsOurs(String name) {
        return Ledger.look(newServer.withDatabase(name), id())
                .ours()
                .filter(ours ->
                        ours.side() == Side.NEW && ours.identity().id().equals(identity.id()))
                .isPresent();
    }

    private String temporaryName() {
        List<String> saved = saved();
        if (saved.isEmpty()) {
            saved = List.of("relevo_" + UUID.randomUUID().toString().replace("-", ""));
            save(saved);
        }
        return saved.getFirst();
    }

    private List<String> saved() {
        try (Session session = oldServer.open(id())) {
            return new Facts(session).get(Fact.DATABASE).orElse(List.of());
        }
    }

    private void save(List<String> value) {
        try (Session session = oldServer.open(id())) {
            new Facts(session).put(Fact.DATABASE, value);
        }
    }

    private String create(String name) {
        int newMajor;
        try (Session session = onNew()) {
            newMajor = session.version().major();
        }
        try (Session session = oldServer.open(id())) {
            return DatabaseLike.read(session, newMajor).create(name);
        }
    }

    private static boolean exists(Session session, String name) {
        return session.exists("SELECT 1 FROM pg_catalog.pg_database WHERE datname = ?", name);
    }

    private Session onNew() {
        return newServer.maintenance(id(), PATIENT);
    }
}
