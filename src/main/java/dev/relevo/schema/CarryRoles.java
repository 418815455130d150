package dev.relevo.schema;

import dev.relevo.catalog.Side;
import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.SecretSession;
import dev.relevo.pg.Session;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * Creates on the new server what roles, memberships and role settings it lacks.
 *
 * <p>A password travels as the verifier the old server keeps, so nobody has to know it, in a
 * session whose statements reach neither the log nor {@code pg_stat_activity}. What existed on the
 * new server before is not overwritten: where it differs, that is said. How both servers stand then
 * is kept for {@link KeepAlike}.
 *
 * <p>All is one transaction on the new server. Before it, {@link Facts} on the old server gets the
 * statements that undo it: the new server's database need not exist yet. Killed in between, the
 * undo finds nothing to drop, which is right. Takes no lock a client could notice.
 */
public final class CarryRoles implements Step {
    private static final String DEPENDENT_OBJECTS = "2BP01";

    private final Endpoint oldServer;
    private final Endpoint newServer;
    private final Consumer<String> notes;

    /**
     * Looks at nothing yet.
     *
     * @param notes is told, a line each, what was left as it is and why
     */
    public CarryRoles(Endpoint oldServer, Endpoint newServer, Consumer<String> notes) {
        this.oldServer = oldServer;
        this.newServer = newServer;
        this.notes = notes;
    }

    @Override
    public String id() {
        return "roles";
    }

    @Override
    public String title() {
        return "carry roles to the new server";
    }

    @Override
    public List<Statement> statements() {
        return look((_, difference) -> difference).amendments().stream()
                .map(amendment -> new Statement("new", amendment.shown()))
                .toList();
    }

    @Override
    public Observation observe() {
        boolean done =
                look((remembered, difference) ->
                        !remembered.isFirst() && difference.amendments().isEmpty());
        return done
                ? new Observation.Done("every role is on the new server")
                : new Observation.Pending();
    }

    @Override
    public void apply(Progress progress) {
        try (Session old = SecretSession.open(oldServer, id());
                Session fresh = onNew()) {
            Remembered remembered = Remembered.read(old, Side.OLD);
            Amendments difference = compare(old, fresh, remembered);
            difference.notes().forEach(notes);
            if (!difference.amendments().isEmpty()) {
                KeepAlike.saveUndo(old, difference);
                fresh.transaction(() ->
                        difference
                                .amendments()
                                .forEach(each -> KeepAlike.run(fresh, each, Side.NEW)));
                KeepAlike.noteMade(old, fresh, difference, Side.NEW);
                remembered = remembered.again();
                compare(old, fresh, remembered);
            }
            remembered.write(old);
        }
    }

    private <T> T look(BiFunction<Remembered, Amendments, T> seen) {
        try (Session old = SecretSession.open(oldServer, id());
                Session fresh = onNew()) {
            Remembered remembered = Remembered.read(old, Side.OLD);
            return seen.apply(remembered, compare(old, fresh, remembered));
        }
    }

    private static Amendments compare(Session old, Session fresh, Remembered remembered) {
        return KeepAlike.compare(KeepAlike.shared(), old, fresh, Side.OLD, remembered);
    }

    @Override
    public Reversal reversal() {
        List<String> undo = saved().reversed();
        if (undo.isEmpty()) {
            return new Reversal.Nothing();
        }
        return new Reversal.Undo(
                undo.stream().map(sql -> new Statement("new", sql)).toList(), () -> undo(undo));
    }

    private void undo(List<String> statements) {
        try (Session session = onNew()) {
            for (String sql : statements) {
                try {
                    session.execute(sql);
                } catch (PgException e) {
                    if (e.is(DEPENDENT_OBJECTS)) {
                        notes.accept(sql + " was refused, the role stays: " + e.detail().strip());
                    } else if (!e.is("42704")) {
                        // 42704: the role, or one it is a member of, is gone already.
                        throw e;
                    }
                }
            }
        }
        try (Session session = oldServer.open(id())) {
            new Facts(session).remove(Fact.ROLES);
            new Facts(session).remove(Fact.ROLE_MADE);
            new Facts(session).remove(Fact.ALIKE);
        }
    }

    private List<String> saved() {
        try (Session session = oldServer.open(id())) {
            return new Facts(session).get(Fact.ROLES).orElse(List.of());
        }
    }

    private Session onNew() {
        return SecretSession.quiet(newServer.maintenance(id()));
    }
}
