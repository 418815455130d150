package dev.relevo.schema;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Creates the database on the new server when it is missing there: same encoding, locale, owner,
 * tablespace and connection limit.
 *
 * <p>CREATE DATABASE cannot be part of a transaction, and the undo must never drop a database that
 * somebody else made. So it is created under a random name, which {@code relevo.saved} on the old
 * server knew before; its OID is kept there; then it is renamed. Killed at any point, the random
 * name or the OID tells that it is ours. A database that existed is not touched.
 */
public final class CreateDatabase implements Step {
    private static final String KEY = "database";
    private static final String DUPLICATE_DATABASE = "42P04";
    private static final String UNIQUE_VIOLATION = "23505";
    private static final Map<String, String> PATIENT = Map.of("statement_timeout", "10min");

    private final Endpoint oldServer;
    private final Endpoint newServer;

    public CreateDatabase(Endpoint oldServer, Endpoint newServer) {
        this.oldServer = oldServer;
        this.newServer = newServer;
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
            session.execute(
                    "ALTER DATABASE "
                            + Quote.ident(name)
                            + " RENAME TO "
                            + Quote.ident(newServer.database()));
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
            new Saved(session).remove(KEY);
        }
    }

    private static String drop(Session session, String name) {
        return "DROP DATABASE IF EXISTS "
                + Quote.ident(name)
                + (session.version().atLeast(13) ? " WITH (FORCE)" : "");
    }

    /** The database we made, whichever name it has by now. */
    private static List<String> ours(Session session, List<String> saved) {
        return session.query(
                "SELECT datname FROM pg_catalog.pg_database WHERE datname = ? OR oid::text = ?",
                row -> row.text("datname"),
                saved.get(0),
                saved.size() > 1 ? saved.get(1) : "");
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
            return new Saved(session).get(KEY).orElse(List.of());
        }
    }

    private void save(List<String> value) {
        try (Session session = oldServer.open(id())) {
            new Saved(session).put(KEY, value);
        }
    }

    private String create(String name) {
        try (Session session = oldServer.open(id())) {
            return session.one(
                    SqlFile.load(CreateDatabase.class, "database", session.version()),
                    row -> {
                        StringBuilder sql = new StringBuilder("CREATE DATABASE ");
                        sql.append(Quote.ident(name)).append(" WITH TEMPLATE template0");
                        sql.append(" OWNER ").append(Quote.ident(row.text("owner")));
                        sql.append(" ENCODING ").append(Quote.literal(row.text("encoding")));
                        sql.append(" LC_COLLATE ").append(Quote.literal(row.text("collate")));
                        sql.append(" LC_CTYPE ").append(Quote.literal(row.text("ctype")));
                        String locale = row.textOrNull("locale");
                        String rules = row.textOrNull("rules");
                        switch (row.text("provider")) {
                            case "i" -> sql.append(" LOCALE_PROVIDER icu");
                            case "b" -> sql.append(" LOCALE_PROVIDER builtin");
                            default -> {
                                // libc was the only provider before 15, and initdb of a newer one
                                // may have chosen another for template0.
                                sql.append(newMajor() >= 15 ? " LOCALE_PROVIDER libc" : "");
                                locale = null;
                            }
                        }
                        if (locale != null) {
                            sql.append(
                                            row.text("provider").equals("i")
                                                    ? " ICU_LOCALE "
                                                    : " BUILTIN_LOCALE ")
                                    .append(Quote.literal(locale));
                        }
                        if (rules != null) {
                            sql.append(" ICU_RULES ").append(Quote.literal(rules));
                        }
                        sql.append(" TABLESPACE ").append(Quote.ident(row.text("tablespace")));
                        sql.append(" CONNECTION LIMIT ").append(row.integer("connection_limit"));
                        return sql.toString();
                    });
        }
    }

    private int newMajor() {
        try (Session session = onNew()) {
            return session.version().major();
        }
    }

    private static boolean exists(Session session, String name) {
        return session.exists("SELECT 1 FROM pg_catalog.pg_database WHERE datname = ?", name);
    }

    private Session onNew() {
        return Servers.openMaintenance(newServer, id(), PATIENT);
    }
}
