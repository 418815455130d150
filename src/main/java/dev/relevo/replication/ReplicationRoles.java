package dev.relevo.replication;

import dev.relevo.pg.Pins;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Two roles of our own on one server, so that no password of a person's goes into a subscription
 * and no role's own settings reach the apply worker.
 *
 * <p>The replication role may read all tables (since 14 as a member of {@code pg_read_all_data};
 * before, the initial copy needs a superuser, because granting SELECT would change the privileges
 * of the users' tables). It has no password until a subscription is made, and then a random one
 * that is kept nowhere. Takes no locks that anybody minds.
 *
 * <p>Both have settings of their own in this database, which win over those of the server, the
 * database and all roles. Values travel as text, and the WAL sender writes it: subscribers tell it
 * how from 15 on, older ones do not. Whoever reads is told only what reading depends on. Dates,
 * times and intervals in ISO form are read alike whatever is set, and a CHECK that asks for the
 * time zone is to find the database's.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-alterrole.html">ALTER ROLE</a>
 */
public final class ReplicationRoles implements Step {
    /** How values are written down, so that every version reads them as they were. */
    private static final List<String> WRITER =
            List.of(
                    "DateStyle=ISO, YMD",
                    "IntervalStyle=postgres",
                    "TimeZone=UTC",
                    "extra_float_digits=3",
                    "bytea_output=hex",
                    "xmlbinary=base64",
                    "xmloption=content",
                    "lc_monetary=C",
                    "quote_all_identifiers=off",
                    "default_transaction_isolation=read committed",
                    "default_transaction_deferrable=off");

    /** On what the meaning of a value as text depends when it is read, and what may stop apply. */
    private static final List<String> READER =
            List.of(
                    "default_transaction_read_only=off",
                    "default_transaction_isolation=read committed",
                    "default_transaction_deferrable=off",
                    "array_nulls=on",
                    "xmloption=content",
                    "lc_monetary=C");

    private final Node node;

    public ReplicationRoles(Node node) {
        this.node = node;
    }

    @Override
    public String id() {
        return node.step("replication-roles-" + node.side().label());
    }

    @Override
    public String title() {
        return (node.part() == 1
                        ? "roles of Relevo's own"
                        : "role of " + node.titled("subscription"))
                + " on the "
                + node.side()
                + " server";
    }

    @Override
    public List<Statement> statements() {
        try (Session session = node.open("plan")) {
            return ddl(session).stream()
                    .map(text -> new Statement(node.side().label(), text))
                    .toList();
        }
    }

    @Override
    public Observation observe() {
        try (Session session = node.open("roles")) {
            return ddl(session).isEmpty()
                    ? new Observation.Done(String.join(", ", roles()))
                    : new Observation.Pending();
        }
    }

    @Override
    public void apply(Progress progress) {
        try (Session session = node.openForDdl("roles")) {
            List<String> before =
                    roles().stream().filter(role -> roleExists(session, role)).toList();
            session.transaction(() -> ddl(session).forEach(session::execute));
            // Workers that run have read the settings as they were; they come back by themselves.
            before.forEach(role ->
                    session.query(
                            "SELECT pg_catalog.pg_terminate_backend(a.pid) AS told FROM"
                                    + " pg_catalog.pg_stat_activity a WHERE a.usename = ?",
                            row -> row.bool("told"),
                            role));
        }
    }

    @Override
    public Reversal reversal() {
        return new Reversal.Undo(
                List.of(
                        new Statement(
                                node.side().label(),
                                "DROP ROLE IF EXISTS " + String.join(", ", roles()))),
                this::drop);
    }

    /**
     * Drops the roles and whatever of privileges they have; there is none of their own objects left
     * by then.
     */
    private void drop() {
        node.openIfThere("roles")
                .ifPresent(session -> {
                    try (session) {
                        session.set("session_replication_role", "replica");
                        roles().forEach(role -> drop(session, role));
                    }
                });
    }

    private static void drop(Session session, String role) {
        if (roleExists(session, role)) {
            session.transaction(() -> {
                session.execute("DROP OWNED BY " + Quote.ident(role));
                session.execute("DROP ROLE " + Quote.ident(role));
            });
        }
    }

    private List<String> ddl(Session session) {
        String replication = Quote.ident(node.replicationRole());
        String apply = Quote.ident(node.applyRole());
        String database = Quote.ident(node.endpoint().database());
        List<String> ddl = new ArrayList<>();
        if (!roleExists(session, node.replicationRole())) {
            boolean reader = session.version().atLeast(14);
            ddl.add(
                    "CREATE ROLE "
                            + replication
                            + " LOGIN REPLICATION BYPASSRLS"
                            + (reader ? "" : " SUPERUSER"));
            if (reader) {
                ddl.add("GRANT pg_read_all_data TO " + replication);
                if (!session.exists(
                        "SELECT WHERE pg_catalog.has_database_privilege('public',"
                                + " pg_catalog.current_database(), 'CONNECT')")) {
                    ddl.add("GRANT CONNECT ON DATABASE " + database + " TO " + replication);
                }
            }
        }
        ddl.addAll(settings(session, node.replicationRole(), WRITER));
        if (node.part() == 1) {
            if (!roleExists(session, node.applyRole())) {
                ddl.add("CREATE ROLE " + apply + " LOGIN SUPERUSER");
            }
            List<String> reader = new ArrayList<>(READER);
            // The publisher sends names in this encoding; a worker takes them for its client's.
            reader.add("client_encoding=" + session.text("SHOW server_encoding"));
            ddl.addAll(settings(session, node.applyRole(), reader));
        }
        return ddl;
    }

    /**
     * The statements for those settings that a role does not have yet: what every session of
     * Relevo's has, and what is wanted of this one.
     */
    private List<String> settings(Session session, String role, List<String> wanted) {
        Map<String, String> named = new LinkedHashMap<>();
        Pins.ofWorkers(session.version())
                .forEach((name, value) -> named.put(name, name + "=" + value));
        wanted.forEach(setting -> named.put(setting.substring(0, setting.indexOf('=')), setting));
        List<String> all = List.copyOf(named.values());
        List<String> set =
                session.first(
                                "SELECT s.setconfig FROM pg_catalog.pg_db_role_setting s JOIN"
                                        + " pg_catalog.pg_roles r ON r.oid = s.setrole JOIN"
                                        + " pg_catalog.pg_database d ON d.oid = s.setdatabase WHERE"
                                        + " d.datname = pg_catalog.current_database() AND r.rolname"
                                        + " = ?",
                                row -> row.texts("setconfig"),
                                role)
                        .orElse(List.of());
        return all.stream()
                .filter(setting -> !set.contains(setting))
                .map(setting -> setting.split("=", 2))
                .map(parts ->
                        "ALTER ROLE %s IN DATABASE %s SET %s = %s"
                                .formatted(
                                        Quote.ident(role),
                                        Quote.ident(node.endpoint().database()),
                                        parts[0],
                                        Quote.literal(parts[1])))
                .toList();
    }

    /** All subscriptions on a side have the same owner, which is made with the first. */
    private List<String> roles() {
        return node.part() == 1
                ? List.of(node.replicationRole(), node.applyRole())
                : List.of(node.replicationRole());
    }

    private static boolean roleExists(Session session, String role) {
        return session.exists("SELECT FROM pg_catalog.pg_roles WHERE rolname = ?", role);
    }
}
