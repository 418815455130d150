package dev.relevo.handover;

import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import java.util.List;

/**
 * Makes the new database read-only by default, so that clients with several hosts pass it by.
 * Replication is not affected.
 *
 * <p>It may have been read-only before, as it must be where clients name it first. So the old
 * database, which outlives an abort, keeps in {@link Facts} that this step did it.
 */
public final class CloseNew implements Step {
    private static final String CLOSED =
            "SELECT FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase"
                    + " WHERE d.datname = ? AND s.setrole = 0 AND 'default_transaction_read_only=on' = ANY"
                    + " (s.setconfig)";

    private final Endpoint oldServer;
    private final Endpoint endpoint;

    /** Looks at nothing yet. */
    public CloseNew(Endpoint oldServer, Endpoint newServer) {
        this.oldServer = oldServer;
        this.endpoint = newServer;
    }

    @Override
    public String id() {
        return "close-new";
    }

    @Override
    public String title() {
        return "close the new database to clients with several hosts";
    }

    @Override
    public List<Statement> statements() {
        return List.of(new Statement("new", sql("SET default_transaction_read_only = on")));
    }

    @Override
    public Observation observe() {
        try (Session session = endpoint.maintenance(id())) {
            return session.exists(CLOSED, endpoint.database())
                    ? new Observation.Done("default_transaction_read_only = on")
                    : new Observation.Pending();
        }
    }

    @Override
    public void apply(Progress progress) {
        try (Session session = oldServer.open(id())) {
            new Facts(session).putFirst(Fact.CLOSED_NEW, "", List.of());
        }
        run("SET default_transaction_read_only = on");
    }

    @Override
    public Reversal reversal() {
        try (Session session = endpoint.maintenance(id())) {
            return session.exists(CLOSED, endpoint.database()) && isOurs()
                    ? new Reversal.Undo(
                            List.of(
                                    new Statement(
                                            "new", sql("RESET default_transaction_read_only"))),
                            () -> run("RESET default_transaction_read_only"))
                    : new Reversal.Nothing();
        }
    }

    private boolean isOurs() {
        try (Session session = oldServer.open(id())) {
            return new Facts(session).get(Fact.CLOSED_NEW).isPresent();
        }
    }

    private void run(String change) {
        try (Session session = endpoint.maintenance(id())) {
            session.execute(sql(change));
        }
    }

    private String sql(String change) {
        return "ALTER DATABASE " + Quote.ident(endpoint.database()) + " " + change;
    }
}
