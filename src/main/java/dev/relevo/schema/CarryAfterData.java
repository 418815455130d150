package dev.relevo.schema;

import static dev.relevo.ledger.OwnTable.AFTER_DATA;

import dev.relevo.ledger.OwnTable;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlState;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.util.List;
import java.util.Map;

/**
 * The part of the schema that waits for the rows: indexes and keys nobody made before, foreign
 * keys, triggers, rules, policies, event triggers; what {@link CarrySchema} kept in {@link
 * OwnTable#AFTER_DATA}, in pg_dump's order.
 *
 * <p>Each entry is one transaction that also marks it done; the commits are asynchronous, and a
 * last one makes them durable. Nobody but us uses the new database yet.
 */
public final class CarryAfterData implements Step {
    private static final Map<String, String> SETTINGS =
            Map.of(
                    // No event trigger that was made a moment ago has a say.
                    "session_replication_role", "replica",
                    "synchronous_commit", "off",
                    "statement_timeout", "0",
                    "lock_timeout", "60s",
                    "search_path", "",
                    "check_function_bodies", "off",
                    "xmloption", "content");

    /** Of lock time-outs and deadlocks with the apply worker, before it gives up. */
    private static final int ATTEMPTS = 5;

    private final Endpoint newServer;

    public CarryAfterData(Endpoint newServer) {
        this.newServer = newServer;
    }

    private record Entry(int id, String what, String sql) {}

    @Override
    public String id() {
        return "schema-after-data";
    }

    @Override
    public String title() {
        return "carry foreign keys, triggers and the rest of the schema";
    }

    @Override
    public List<Statement> statements() {
        return Servers.openIfThere(newServer, id(), Map.of())
                .map(session -> {
                    try (session) {
                        return left(session).stream()
                                .map(entry -> new Statement("new", entry.sql()))
                                .toList();
                    }
                })
                .orElseGet(List::of);
    }

    @Override
    public Observation observe() {
        return Servers.openIfThere(newServer, id(), Map.of())
                .<Observation>map(session -> {
                    try (session) {
                        return exists(session) && left(session).isEmpty()
                                ? new Observation.Done(
                                        session.text("SELECT count(*) FROM " + AFTER_DATA)
                                                + " objects")
                                : new Observation.Pending();
                    }
                })
                .orElseGet(Observation.Pending::new);
    }

    @Override
    public void apply(Progress progress) {
        try (Session session = newServer.open(id(), SETTINGS)) {
            List<Entry> left = left(session);
            for (int i = 0; i < left.size(); i++) {
                Entry entry = left.get(i);
                progress.report(i, left.size(), "objects, " + entry.what());
                make(session, entry);
            }
            session.set("synchronous_commit", "on");
            session.text("SELECT pg_catalog.pg_logical_emit_message(true, 'relevo', 'flush')");
        }
    }

    private static void make(Session session, Entry entry) {
        for (int attempt = 1; ; attempt++) {
            try {
                session.transaction(() -> {
                    session.execute(entry.sql());
                    session.update(
                            "UPDATE " + AFTER_DATA + " SET done = true WHERE id = ?", entry.id());
                });
                return;
            } catch (PgException e) {
                boolean again =
                        e.is(SqlState.DEADLOCK_DETECTED) || e.is(SqlState.LOCK_NOT_AVAILABLE);
                if (!again || attempt == ATTEMPTS) {
                    throw e.isConnectionLost() ? e : failed(entry, e);
                }
            }
        }
    }

    private static RuntimeException failed(Entry entry, PgException cause) {
        return new Problem(
                        ExitStatus.FAILED,
                        "schema-not-restored",
                        entry.what() + " cannot be made on the new server: " + cause.getMessage(),
                        (entry.sql().strip() + "\n" + cause.detail()).strip(),
                        "Fix the cause, then run the same command again; if it lies in the old"
                                + " server's rows or schema, run relevo abort first.")
                .toException(cause);
    }

    /**
     * Whether the new database has all of its schema; also true of one in which nothing was put
     * off.
     */
    public static boolean isComplete(Session session) {
        return left(session).isEmpty();
    }

    private static boolean exists(Session session) {
        return session.exists(
                "SELECT WHERE pg_catalog.to_regclass('" + AFTER_DATA + "') IS NOT NULL");
    }

    private static List<Entry> left(Session session) {
        return exists(session)
                ? session.query(
                        "SELECT id, what, sql FROM " + AFTER_DATA + " WHERE NOT done ORDER BY id",
                        row -> new Entry(row.integer("id"), row.text("what"), row.text("sql")))
                : List.of();
    }

    /** Nothing: it goes with the schema. */
    @Override
    public Reversal reversal() {
        return new Reversal.Nothing();
    }
}
