package dev.relevo.handover;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import dev.relevo.problem.ProblemException;
import java.util.List;

/**
 * Schema {@code relevo} in the database of one side: what the handover needs to stand there, and
 * what an undo needs to remember. One transaction; takes no lock on anything of the users'.
 */
public final class Installation implements Step {
    private static final String DROP = "DROP SCHEMA IF EXISTS relevo CASCADE";

    private final Side side;
    private final Endpoint endpoint;
    private final int subscriptions;

    /**
     * Looks at nothing yet.
     *
     * @param subscriptions how many there are in each direction; each has marks of its own
     */
    public Installation(Side side, Endpoint endpoint, int subscriptions) {
        this.side = side;
        this.endpoint = endpoint;
        this.subscriptions = subscriptions;
    }

    @Override
    public String id() {
        return "prepare-" + side.label();
    }

    @Override
    public String title() {
        return "schema relevo on the " + side + " server";
    }

    @Override
    public List<Statement> statements() {
        return List.of(new Statement(side.label(), script()), new Statement(side.label(), state()));
    }

    @Override
    public Observation observe() {
        try (Session session = endpoint.open(id())) {
            return ServingState.read(session)
                    .<Observation>map(state ->
                            new Observation.Done(state.name().toLowerCase(java.util.Locale.ROOT)))
                    .orElseGet(Observation.Pending::new);
        } catch (ProblemException e) {
            if (e.problem().code().equals("no-database")) {
                return new Observation.Pending();
            }
            throw e;
        }
    }

    @Override
    public void apply(Progress progress) {
        try (Session session = endpoint.openForDdl(id())) {
            session.transaction(() -> {
                session.execute(script());
                session.execute(state());
            });
        }
    }

    @Override
    public Reversal reversal() {
        return new Reversal.Undo(
                List.of(new Statement(side.label(), DROP)),
                () -> {
                    try (Session session = endpoint.openForDdl(id())) {
                        session.execute(DROP);
                    } catch (ProblemException e) {
                        if (!e.problem().code().equals("no-database")) {
                            throw e;
                        }
                    }
                });
    }

    /** Drops the schema after {@code finish}; nothing is handed over any more. */
    public void remove() throws PgException {
        try (Session session = endpoint.openForDdl(id())) {
            session.execute(DROP);
        }
    }

    private static String script() {
        return SqlFile.load(Installation.class, "install");
    }

    private String state() {
        return "INSERT INTO relevo.state (side, status, subscriptions) VALUES ('"
                + side.label()
                + "', '"
                + (side == Side.OLD ? "open" : "closed")
                + "', "
                + subscriptions
                + ") ON CONFLICT DO NOTHING; SELECT relevo.make_marks(), relevo.set_fence(s.status <> 'open')"
                + " FROM relevo.state s";
    }
}
