package dev.relevo.replication;

import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * Subscriptions and slots that one side is left with when the other one is gone for good. Undone
 * without a word to the other one, and without a moment's wait for it: what a slot keeps is freed
 * by the next checkpoint.
 *
 * <p>A subscription gives up its slot first, which it could not drop. DROP SUBSCRIPTION still
 * connects where tables were being synchronized, and waits for whoever swallows what is sent; so it
 * is given an address first at which the attempt fails at once.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-dropsubscription.html">DROP
 *     SUBSCRIPTION</a>
 */
public final class Remains implements Step {
    private static final String NOWHERE = "host=/nonexistent dbname=gone user=gone";

    private final Node here;
    private final int subscriptions;
    private final long gone;

    /**
     * Looks at nothing yet.
     *
     * @param here the side that is left
     * @param gone the system identifier of the other server, which its slots for single tables bear
     */
    public Remains(Node here, int subscriptions, long gone) {
        this.here = here;
        this.subscriptions = subscriptions;
        this.gone = gone;
    }

    @Override
    public String id() {
        return "subscriptions-and-slots-" + here.side().label();
    }

    @Override
    public String title() {
        return "subscriptions and slots on the " + here.side() + " server";
    }

    @Override
    public List<Statement> statements() {
        return List.of();
    }

    @Override
    public Observation observe() {
        try (Session session = here.open(id())) {
            return subscriptions(session).isEmpty() && slots(session).isEmpty()
                    ? new Observation.Pending()
                    : new Observation.Done("");
        }
    }

    /** Made by others, by steps of their own. */
    @Override
    public void apply(Progress progress) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Reversal reversal() {
        List<Statement> statements = new ArrayList<>();
        try (Session session = here.open(id())) {
            for (String name : subscriptions(session)) {
                dropStatements(name).forEach(text -> statements.add(statement(text)));
            }
            for (String slot : slots(session)) {
                Slots.dropStatements(slot).forEach(text -> statements.add(statement(text)));
            }
        }
        return statements.isEmpty()
                ? new Reversal.Nothing()
                : new Reversal.Undo(statements, this::drop);
    }

    private Statement statement(String text) {
        return new Statement(here.side().label(), text);
    }

    private void drop() {
        try (Session session = here.openForDdl(id())) {
            for (String name : subscriptions(session)) {
                dropStatements(name).forEach(session::execute);
            }
            slots(session).forEach(slot -> Slots.drop(session, slot));
        }
    }

    private static List<String> dropStatements(String name) {
        List<String> statements = new ArrayList<>(Subscriptions.dropStatements(name));
        statements.add(
                statements.size() - 1,
                "ALTER SUBSCRIPTION "
                        + Quote.ident(name)
                        + " CONNECTION "
                        + Quote.literal(NOWHERE));
        return statements;
    }

    private List<String> subscriptions(Session session) {
        return here.parts(subscriptions).stream()
                .map(Node::subscription)
                .filter(name -> Subscriptions.exists(session, name))
                .toList();
    }

    /**
     * Ours by name, and those by which the other server synchronized single tables of this
     * database: from 14 on they bear its system identifier, before they ended with their session.
     */
    private List<String> slots(Session session) {
        List<String> names = here.parts(subscriptions).stream().map(Node::slot).toList();
        return session.query(
                "SELECT s.slot_name FROM pg_catalog.pg_replication_slots s WHERE s.database ="
                        + " pg_catalog.current_database() AND (s.slot_name = ANY (?) OR s.slot_name ~ ?)",
                row -> row.text("slot_name"),
                names,
                "^pg_[0-9]+_sync_[0-9]+_" + Long.toUnsignedString(gone) + "$");
    }

    /**
     * Who reads from one of these slots at this moment, a line each, for people: somebody may be
     * there after all.
     */
    public List<String> readers() {
        try (Session session = here.open(id())) {
            return session.query(
                    "SELECT pg_catalog.format('%s reads from slot %s (pid %s)',"
                            + " coalesce(pg_catalog.host(a.client_addr), 'somebody on that machine'),"
                            + " s.slot_name, a.pid) AS reader FROM pg_catalog.pg_replication_slots s"
                            + " JOIN pg_catalog.pg_stat_activity a ON a.pid = s.active_pid"
                            + " WHERE s.slot_name = ANY (?)",
                    row -> row.text("reader"), slots(session));
        }
    }

    /** Write-ahead log that the slots keep, in bytes. */
    public long retained() {
        try (Session session = here.open(id())) {
            return slots(session).stream()
                    .mapToLong(slot -> Lag.retained(session, slot))
                    .max()
                    .orElse(0);
        }
    }
}
