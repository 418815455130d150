package dev.relevo.schema;

import dev.relevo.catalog.Side;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import dev.relevo.ledger.Identity;
import dev.relevo.ledger.Ledger;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Step;
import java.util.List;
import java.util.Map;

/** An old server with a nasty database, and an empty new one. */
final class Pair implements AutoCloseable {
    /** What the handover's functions have for the triggers to call. */
    private static final String FENCE =
            "CREATE OR REPLACE FUNCTION relevo.fence() RETURNS trigger LANGUAGE plpgsql AS"
                    + " 'BEGIN RETURN NULL; END'";

    final Lab lab;
    final Endpoint old;
    final Endpoint fresh;
    final Identity identity;

    Pair(int oldMajor, int newMajor) {
        lab = Lab.start(ServerSpec.of(oldMajor).unsafe(), ServerSpec.empty(newMajor).unsafe());
        old = lab.server(0).superuser(LabServer.APPLICATION);
        fresh = lab.server(1).superuser(LabServer.APPLICATION);
        try (Session session =
                old.open("test", Map.of("search_path", "public", "client_min_messages", "error"))) {
            session.execute(SqlFile.load(Pair.class, "nasty"));
        }
        identity = Identity.of(Ledger.look(old, "test").here(), Ledger.look(fresh, "test").here());
        prepare(old, Side.OLD);
    }

    /** What whoever creates the schema relevo on the new server does. */
    void bookkeeping() {
        prepare(fresh, Side.NEW);
    }

    private void prepare(Endpoint database, Side side) {
        try (Session session = database.open("test")) {
            Ledger.mark(session, side, identity, database.database());
            Ledger.makeTables(session);
            session.execute(FENCE);
        }
    }

    void onOld(String sql) {
        run(old, sql);
    }

    void onNew(String sql) {
        run(fresh, sql);
    }

    String oldText(String sql) {
        return text(old, sql);
    }

    String newText(String sql) {
        return text(fresh, sql);
    }

    static void run(Endpoint endpoint, String sql) {
        try (Session session = endpoint.open("test")) {
            session.execute(sql);
        }
    }

    static String text(Endpoint endpoint, String sql) {
        try (Session session = endpoint.open("test")) {
            return session.text(sql);
        }
    }

    static boolean isDone(Step step) {
        return step.observe() instanceof Observation.Done;
    }

    static void apply(Step step) {
        step.apply((_, _, _) -> {});
        if (!isDone(step)) {
            throw new AssertionError(step.id() + " is not done: " + step.observe());
        }
    }

    static void undo(Step step) {
        if (step.reversal() instanceof Reversal.Undo(List<?> _, Runnable action)) {
            action.run();
        }
    }

    @Override
    public void close() {
        lab.close();
    }
}
