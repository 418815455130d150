package dev.relevo.upgrade;

import dev.relevo.catalog.Server;
import dev.relevo.catalog.Side;
import dev.relevo.ledger.OwnTable;
import dev.relevo.ledger.ServingState;
import dev.relevo.pg.Session;
import dev.relevo.plan.Statement;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import dev.relevo.schema.Amendment;
import dev.relevo.schema.Amendments;
import dev.relevo.schema.KeepAlike;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Carries to the side that follows what was changed on the one that serves and is not replicated:
 * passwords, roles, memberships, settings, owners and privileges.
 *
 * <p>The caller holds the {@link Lease} where anything is changed.
 */
final class Sync {
    private final Server from;
    private final Server to;

    private Sync(Server from, Server to) {
        this.from = from;
        this.to = to;
    }

    /** From one side to the other. */
    static Sync from(Pair pair, Side serving) {
        return new Sync(pair.node(serving).server(), pair.node(serving.other()).server());
    }

    /**
     * From the side that serves.
     *
     * @throws ProblemException when none does, or a handover did not end
     */
    static Sync ofServing(Pair pair) {
        Optional<ServingState> old = pair.state(Side.OLD);
        Optional<ServingState> fresh = pair.state(Side.NEW);
        if (old.isEmpty() || fresh.isEmpty()) {
            throw refusal(
                    "not-started",
                    "there is nothing to carry: the new server does not follow the old one",
                    "Run relevo start first.");
        }
        boolean oldServes = old.get() == ServingState.OPEN;
        boolean newServes = fresh.get() == ServingState.OPEN;
        if (oldServes == newServes || isClosed(pair, Side.OLD) || isClosed(pair, Side.NEW)) {
            throw refusal(
                    "interrupted",
                    "a handover did not end",
                    "relevo status names the command that ends it; run that first.");
        }
        if (!pair.isReady()) {
            throw refusal(
                    "start-not-finished",
                    "relevo start has not come to its end",
                    "Run relevo start again: it carries what has changed as well.");
        }
        return from(pair, oldServes ? Side.OLD : Side.NEW);
    }

    private static boolean isClosed(Pair pair, Side side) {
        try (Session session = pair.node(side).open("sync")) {
            return session.exists("SELECT FROM " + OwnTable.SAVED_ACL);
        }
    }

    private static ProblemException refusal(String code, String message, String hint) {
        return new Problem(ExitStatus.STATE, code, message, "nothing was changed", hint)
                .toException();
    }

    /** The side that serves. */
    Side serving() {
        return from.side();
    }

    /** What it would do; changes nothing. */
    SyncReport look() {
        return report(new KeepAlike(from, to).look(), true);
    }

    /**
     * Does it.
     *
     * @param notes is told, a line each, what is waited for
     */
    SyncReport carry(Consumer<String> notes) {
        return report(new KeepAlike(from, to).carry(notes), false);
    }

    private SyncReport report(Amendments difference, boolean dryRun) {
        String where = to.side().label();
        return new SyncReport(
                from.side().label(),
                where,
                dryRun,
                difference.amendments().stream()
                        .map(Amendment::shown)
                        .map(text -> new Statement(where, text))
                        .toList(),
                difference.notes());
    }
}
