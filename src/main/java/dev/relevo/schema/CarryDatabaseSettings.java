package dev.relevo.schema;

import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Carries what belongs to the database as a whole and is not in its schema: ALTER DATABASE SET,
 * ALTER ROLE IN DATABASE SET, its privileges and its comment. {@code default_transaction_read_only}
 * is left out, which is the handover's.
 *
 * <p>One transaction on the new server, which also keeps in {@link Facts} what was there before.
 * Privileges are granted in the owner's name, whoever granted them on the old server. Locks nothing
 * but rows of shared catalogs.
 */
public final class CarryDatabaseSettings implements Step {

    private final Endpoint oldServer;
    private final Endpoint newServer;
    private final Consumer<String> notes;

    /**
     * Looks at nothing yet.
     *
     * @param notes is told, a line each, what could not be carried and why
     */
    public CarryDatabaseSettings(Endpoint oldServer, Endpoint newServer, Consumer<String> notes) {
        this.oldServer = oldServer;
        this.newServer = newServer;
        this.notes = notes;
    }

    /** Everything this step carries, of one side. */
    private record State(
            Map<Roles.SettingKey, Setting> settings, List<Privilege> privileges, String comment) {}

    private record Privilege(String grantee, String privilege, boolean grantable) {}

    @Override
    public String id() {
        return "database-settings";
    }

    @Override
    public String title() {
        return "carry the database's settings and privileges";
    }

    @Override
    public List<Statement> statements() {
        State from = onOld();
        return Servers.openIfThere(newServer, id(), Map.of())
                .map(session -> {
                    try (session) {
                        return changes(from, read(session), session, new ArrayList<>());
                    }
                })
                .orElseGet(() -> {
                    try (Session session = newServer.maintenance(id())) {
                        State nothing = new State(Map.of(), List.of(), "");
                        return changes(from, nothing, session, new ArrayList<>());
                    }
                })
                .stream()
                .map(sql -> new Statement("new", sql))
                .toList();
    }

    @Override
    public Observation observe() {
        return Servers.openIfThere(newServer, id(), Map.of())
                .<Observation>map(session -> {
                    try (session) {
                        return new Facts(session).get(Fact.DATABASE_SETTINGS).isPresent()
                                ? new Observation.Done("settings and privileges carried")
                                : new Observation.Pending();
                    }
                })
                .orElseGet(Observation.Pending::new);
    }

    @Override
    public void apply(Progress progress) {
        State from = onOld();
        try (Session session = newServer.open(id())) {
            session.transaction(() -> {
                State before = read(session);
                List<String> unknown = new ArrayList<>();
                List<String> changes = changes(from, before, session, unknown);
                new Facts(session)
                        .putFirst(Fact.DATABASE_SETTINGS, "", undo(from, before, owner(session)));
                changes.forEach(session::execute);
                unknown.forEach(notes);
            });
        }
    }

    @Override
    public Reversal reversal() {
        List<String> undo =
                Servers.openIfThere(newServer, id(), Map.of())
                        .map(session -> {
                            try (session) {
                                return new Facts(session)
                                        .get(Fact.DATABASE_SETTINGS)
                                        .orElse(List.of());
                            }
                        })
                        .orElse(List.of());
        if (undo.isEmpty()) {
            return new Reversal.Nothing();
        }
        return new Reversal.Undo(
                undo.stream().map(sql -> new Statement("new", sql)).toList(), () -> restore(undo));
    }

    private void restore(List<String> undo) {
        try (Session session = newServer.open(id())) {
            session.transaction(() -> {
                undo.forEach(session::execute);
                new Facts(session).remove(Fact.DATABASE_SETTINGS);
            });
        }
    }

    private List<String> changes(State from, State to, Session onNew, List<String> unknown) {
        List<String> sql = new ArrayList<>();
        from.settings()
                .forEach((key, setting) -> {
                    if (setting.isReadOnlySwitch() || setting.equals(to.settings().get(key))) {
                        return;
                    }
                    String statement = target(key) + setting.set();
                    if (setting.isKnownTo(onNew)) {
                        sql.add(statement);
                    } else {
                        unknown.add(
                                statement + " is left out: the new server has no such parameter");
                    }
                });
        if (!from.privileges().equals(to.privileges())) {
            sql.addAll(privileges(to.privileges(), from.privileges()));
        }
        if (!from.comment().equals(to.comment())) {
            sql.add(comment(from.comment()));
        }
        return sql;
    }

    /** What sets again what was there before; never empty, so that it also marks the step done. */
    private List<String> undo(State from, State before, String owner) {
        List<String> sql = new ArrayList<>();
        // Not carried by this step, but kept alike later.
        sql.add(
                "ALTER DATABASE %s OWNER TO %s"
                        .formatted(Quote.ident(newServer.database()), Quote.ident(owner)));
        from.settings()
                .forEach((key, setting) -> {
                    Setting was = before.settings().get(key);
                    if (!setting.isReadOnlySwitch()) {
                        sql.add(target(key) + (was == null ? setting.reset() : was.set()));
                    }
                });
        sql.addAll(privileges(from.privileges(), before.privileges()));
        sql.add(comment(before.comment()));
        return sql;
    }

    private static String owner(Session session) {
        return session.text(
                "SELECT pg_catalog.pg_get_userbyid(datdba) FROM pg_catalog.pg_database"
                        + " WHERE datname = pg_catalog.current_database()");
    }

    private List<String> privileges(List<Privilege> from, List<Privilege> to) {
        String on = " ON DATABASE " + Quote.ident(newServer.database());
        Set<String> grantees = new LinkedHashSet<>();
        from.forEach(p -> grantees.add(p.grantee()));
        to.forEach(p -> grantees.add(p.grantee()));
        List<String> sql = new ArrayList<>();
        grantees.forEach(g -> sql.add("REVOKE ALL" + on + " FROM " + grantee(g)));
        to.forEach(p ->
                sql.add(
                        "GRANT "
                                + p.privilege()
                                + on
                                + " TO "
                                + grantee(p.grantee())
                                + (p.grantable() ? " WITH GRANT OPTION" : "")));
        return sql;
    }

    private static String grantee(String name) {
        return name.isEmpty() ? "PUBLIC" : Quote.ident(name);
    }

    private String comment(String text) {
        return "COMMENT ON DATABASE "
                + Quote.ident(newServer.database())
                + " IS "
                + (text.isEmpty() ? "NULL" : Quote.literal(text));
    }

    private String target(Roles.SettingKey key) {
        String database = "DATABASE " + Quote.ident(newServer.database()) + " ";
        return key.role().isEmpty()
                ? "ALTER " + database
                : "ALTER ROLE " + Quote.ident(key.role()) + " IN " + database;
    }

    private State onOld() {
        try (Session session = oldServer.open(id())) {
            return read(session);
        }
    }

    private static State read(Session session) {
        Map<Roles.SettingKey, Setting> settings = new TreeMap<>();
        session.query(
                load("database_settings"),
                row -> {
                    Setting setting = Setting.parse(row.text("setting"));
                    return settings.put(
                                    new Roles.SettingKey(row.text("role"), setting.name()), setting)
                            == null;
                });
        return new State(
                settings,
                session.query(
                        load("database_privileges"),
                        row ->
                                new Privilege(
                                        row.text("grantee"),
                                        row.text("privilege"),
                                        row.bool("grantable"))),
                session.text(
                        "SELECT pg_catalog.shobj_description(oid, 'pg_database')"
                                + " FROM pg_catalog.pg_database"
                                + " WHERE datname = pg_catalog.current_database()"));
    }

    private static String load(String file) {
        return SqlFile.load(CarryDatabaseSettings.class, file);
    }
}
