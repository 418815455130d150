package dev.relevo.replication;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Secret;
import dev.relevo.pg.SecretSession;
import dev.relevo.pg.ServerVersion;
import dev.relevo.pg.Session;
import dev.relevo.plan.Statement;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.postgresql.util.PasswordUtil;

/**
 * Makes and drops subscriptions; their passwords are random, made for one subscription and kept
 * nowhere.
 */
final class Subscriptions {
    private static final String CONNECTION_FAILURE = "08006";

    /** Before 15 a server says it without an SQLSTATE of its own. */
    private static final String INTERNAL_ERROR = "XX000";

    /** From here on a subscription can say in whose name its rows are written. */
    private static final int RUNS_AS_OWNER = 16;

    private static final int STREAMS = 14;

    private static final SecureRandom RANDOM = new SecureRandom();

    private Subscriptions() {}

    static boolean exists(Session session, String name) {
        return session.exists(
                "SELECT FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid"
                        + " WHERE d.datname = pg_catalog.current_database() AND s.subname = ?",
                name);
    }

    static boolean isConnected(Session session, String name) {
        return session.exists(
                "SELECT FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid"
                        + " WHERE d.datname = pg_catalog.current_database() AND s.subname = ?"
                        + " AND s.subenabled AND s.subslotname IS NOT NULL",
                name);
    }

    /**
     * Gives the publisher's replication role a new password and makes the subscription with it. The
     * slot must exist. Contacts the publisher.
     *
     * @param options what stands behind {@code slot_name} in the WITH clause
     */
    static void create(Node publisher, Node subscriber, String options) {
        Secret password = randomPassword();
        String role;
        String slot;
        try (Session session = SecretSession.open(publisher.endpoint(), "replication password")) {
            role = publisher.replicationRole();
            slot = publisher.slot();
            setPassword(session, role, password);
        }
        try (Session session = SecretSession.open(subscriber.endpoint(), "subscription")) {
            session.execute("SET ROLE " + Quote.ident(subscriber.applyRole()));
            session.executeSecret(
                    statement(
                            publisher,
                            publisher.login(role, password),
                            subscriber,
                            session.version(),
                            slot,
                            options),
                    statement(
                            publisher,
                            publisher.login(role, Secret.of("********")),
                            subscriber,
                            session.version(),
                            slot,
                            options));
        } catch (PgException e) {
            throw e.is(CONNECTION_FAILURE) || e.is(INTERNAL_ERROR)
                    ? notLetIn(publisher, subscriber, role, e).toException(e)
                    : e;
        }
    }

    /** It is the other server that was not let in; ours is at hand. */
    private static Problem notLetIn(
            Node publisher, Node subscriber, String role, PgException error) {
        return new Problem(
                ExitStatus.CONNECTION,
                "publisher-refuses",
                "the %s server cannot connect to the %s one as role \"%s\""
                        .formatted(subscriber.side(), publisher.side(), role),
                error.getMessage(),
                "Let that role in to database %s from the %s server in pg_hba.conf on the %s one,"
                                .formatted(
                                        publisher.endpoint().database(),
                                        subscriber.side(),
                                        publisher.side())
                        + " run SELECT pg_reload_conf(); there, then the same command again: it"
                        + " goes on from here.");
    }

    /** What {@link #create} runs, with passwords as {@code ********}. */
    static List<Statement> statements(Node publisher, Node subscriber, String options) {
        String role = publisher.replicationRole();
        Secret hidden = Secret.of("********");
        String where = subscriber.side().label();
        try (Session there = subscriber.openServer("plan")) {
            return List.of(
                    new Statement(
                            publisher.side().label(),
                            "ALTER ROLE " + Quote.ident(role) + " PASSWORD '********'"),
                    new Statement(where, "SET ROLE " + Quote.ident(subscriber.applyRole())),
                    new Statement(
                            where,
                            statement(
                                    publisher,
                                    publisher.login(role, hidden),
                                    subscriber,
                                    there.version(),
                                    publisher.slot(),
                                    options)));
        }
    }

    /**
     * The statement; {@code login} carries the password that stands in it.
     *
     * <p>Rows are written in the name of the subscription's owner. Before 16 they always are; from
     * then on it would otherwise be each table's owner, who may have no rights there: revoked,
     * taken away by a policy, or missing while the handover keeps the schemas closed.
     *
     * <p>A transaction is applied when it has committed, never while it still runs: what a mark
     * sets off must not begin earlier. 18 would stream large ones by default.
     *
     * @param version of the subscriber
     */
    static String statement(
            Node publisher,
            Endpoint login,
            Node subscriber,
            ServerVersion version,
            String slot,
            String options) {
        String conninfo =
                login.conninfo(login.password())
                        + " connect_timeout='10' keepalives_idle='10' keepalives_interval='5'"
                        + " keepalives_count='3'";
        return "CREATE SUBSCRIPTION "
                + Quote.ident(subscriber.subscription())
                + " CONNECTION "
                + Quote.literal(conninfo)
                + " PUBLICATION "
                + Quote.ident(publisher.publication())
                + " WITH (create_slot = false, slot_name = "
                + Quote.literal(slot)
                + ", "
                + options
                + (version.atLeast(STREAMS) ? ", streaming = off" : "")
                + (version.atLeast(RUNS_AS_OWNER) ? ", run_as_owner = true" : "")
                + ")";
    }

    /**
     * Drops the subscription by which {@code subscriber} follows, if it is there, and every slot of
     * it on the publisher. Contacts the publisher by our own connection only, so a broken one does
     * not matter.
     */
    static void drop(Node publisher, Node subscriber) {
        Optional<String> synchronizing =
                subscriber
                        .openIfThere("subscription")
                        .flatMap(session -> dropHere(session, subscriber.subscription()));
        publisher
                .openIfThere("slot")
                .ifPresent(session -> dropSlots(session, publisher, synchronizing));
    }

    /**
     * Drops the subscription itself and tells which slots it made on the publisher to synchronize
     * tables, as a regular expression. From 14 on they bear the subscriber's system identifier.
     */
    private static Optional<String> dropHere(Session subscriber, String name) {
        try (subscriber) {
            Optional<String> synchronizing =
                    subscriber.first(
                            "SELECT s.oid, c.system_identifier::text AS system FROM"
                                    + " pg_catalog.pg_subscription s CROSS JOIN"
                                    + " pg_catalog.pg_control_system() c WHERE s.subname = ? AND"
                                    + " s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d"
                                    + " WHERE d.datname = pg_catalog.current_database())",
                            row ->
                                    "^pg_%s_sync_[0-9]+(_%s)?$"
                                            .formatted(row.text("oid"), row.text("system")),
                            name);
            if (synchronizing.isPresent()) {
                subscriber.set("session_replication_role", "replica");
                dropStatements(name).forEach(subscriber::execute);
            }
            return synchronizing;
        }
    }

    /** One after the other: the slot is dropped apart, where it is. */
    static List<String> dropStatements(String name) {
        String quoted = Quote.ident(name);
        return List.of(
                "ALTER SUBSCRIPTION " + quoted + " DISABLE",
                "ALTER SUBSCRIPTION " + quoted + " SET (slot_name = NONE)",
                "DROP SUBSCRIPTION " + quoted);
    }

    /** Drops the slot of the subscription, and those by which its tables were synchronized. */
    private static void dropSlots(Session session, Node publisher, Optional<String> synchronizing) {
        try (session) {
            Slots.drop(session, publisher.slot());
            synchronizing
                    .map(pattern ->
                            session.query(
                                    "SELECT slot_name FROM pg_catalog.pg_replication_slots WHERE"
                                            + " slot_name ~ ? AND database ="
                                            + " pg_catalog.current_database()",
                                    row -> row.text("slot_name"),
                                    pattern))
                    .orElse(List.of())
                    .forEach(slot -> Slots.drop(session, slot));
        }
    }

    private static void setPassword(Session session, String role, Secret password) {
        char[] plain = password.reveal().toCharArray();
        try {
            // The verifier, as psql's \password sends it: the password itself never leaves this
            // process.
            String verifier = PasswordUtil.encodePassword(role, plain, "scram-sha-256");
            session.executeSecret(
                    "ALTER ROLE " + Quote.ident(role) + " PASSWORD " + Quote.literal(verifier),
                    "ALTER ROLE " + Quote.ident(role) + " PASSWORD '********'");
        } catch (java.sql.SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Secret randomPassword() {
        byte[] bytes = new byte[24];
        RANDOM.nextBytes(bytes);
        return Secret.of(HexFormat.of().formatHex(bytes));
    }
}
