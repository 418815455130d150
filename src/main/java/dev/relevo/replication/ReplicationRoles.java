package dev.relevo.replication;

import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.Timeouts;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * Two roles of our own on one server, so that no password of a person's goes into a subscription
 * and no role's own settings reach the apply worker.
 *
 * <p>The replication role may read all tables (since 14 as a member of {@code pg_read_all_data};
 * before, the initial copy needs a superuser, because granting SELECT would change the privileges
 * of the users' tables). It has no password until a subscription is made, and then a random one
 * that is kept nowhere. Takes no locks that anybody minds.
 */
public final class ReplicationRoles implements Step {
    /** Also what the database may have set on which the meaning of a value as text depends. */
    private static final List<String> APPLY_SETTINGS =
            List.of(
                    "default_transaction_read_only = off",
                    "default_transaction_isolation = 'read committed'",
                    "array_nulls = on",
                    "xmloption = 'content'",
                    "lc_monetary = 'C'");

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
            return roles(session).stream().allMatch(role -> roleExists(session, role))
                    ? new Observation.Done(String.join(", ", roles(session)))
                    : new Observation.Pending();
        }
    }

    @Override
    public void apply(Progress progress) {
        try (Session session = node.openForDdl("roles")) {
            session.transaction(() -> ddl(session).forEach(session::execute));
        }
    }

    @Override
    public Reversal reversal() {
        return new Reversal.Undo(
                List.of(
                        new Statement(
                                node.side().label(),
                                "DROP ROLE IF EXISTS "
                                        + node.numbered("relevo_replication_…")
                                        + (node.part() == 1 ? ", relevo_apply_…" : ""))),
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
                        roles(session).forEach(role -> drop(session, role));
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
        String replication = Quote.ident(node.replicationRole(session));
        String apply = Quote.ident(node.applyRole(session));
        String database = Quote.ident(node.endpoint().database());
        List<String> ddl = new ArrayList<>();
        if (!roleExists(session, node.replicationRole(session))) {
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
            for (String timeout : Timeouts.of(session.version())) {
                ddl.add("ALTER ROLE " + replication + " SET " + timeout + " = 0");
            }
            ddl.add("ALTER ROLE " + replication + " SET lc_monetary = 'C'");
        }
        if (node.part() == 1 && !roleExists(session, node.applyRole(session))) {
            ddl.add("CREATE ROLE " + apply + " LOGIN SUPERUSER");
            String alter = "ALTER ROLE " + apply + " IN DATABASE " + database + " SET ";
            APPLY_SETTINGS.forEach(setting -> ddl.add(alter + setting));
            // The publisher sends names in this encoding; a worker takes them for its client's.
            ddl.add(
                    alter
                            + "client_encoding = "
                            + Quote.literal(session.text("SHOW server_encoding")));
            Timeouts.of(session.version()).forEach(timeout -> ddl.add(alter + timeout + " = 0"));
        }
        return ddl;
    }

    /** All subscriptions on a side have the same owner, which is made with the first. */
    private List<String> roles(Session session) {
        return node.part() == 1
                ? List.of(node.replicationRole(session), node.applyRole(session))
                : List.of(node.replicationRole(session));
    }

    private static boolean roleExists(Session session, String role) {
        return session.exists("SELECT FROM pg_catalog.pg_roles WHERE rolname = ?", role);
    }
}
