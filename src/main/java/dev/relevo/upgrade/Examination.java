package dev.relevo.upgrade;

import dev.relevo.catalog.Catalog;
import dev.relevo.check.CheckContext;
import dev.relevo.check.Finding;
import dev.relevo.check.Finding.Severity;
import dev.relevo.check.Needs;
import dev.relevo.check.Preflight;
import dev.relevo.check.Side;
import dev.relevo.ledger.ServingState;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Looks at both servers through the eyes of every check. */
final class Examination {
    /** How many workers copy tables for a subscription, unless somebody changed the setting. */
    private static final int SYNCHRONIZING = 2;

    /** Of the command itself and of a handover, watchdogs included. */
    private static final int CONNECTIONS = 8;

    private static final Needs NOTHING_MORE = new Needs(0, 0, 0, CONNECTIONS);

    private final Settings settings;
    private final boolean deep;

    Examination(Settings settings) {
        this(settings, false);
    }

    /** The same, where {@code deep} looks at the rows of big tables, too. */
    Examination(Settings settings, boolean deep) {
        this.settings = settings;
        this.deep = deep;
    }

    List<Finding> findings() {
        Side old = open(settings.oldServer());
        Side fresh = open(settings.newServer());
        boolean missing =
                fresh instanceof Side.Closed(Problem why) && why.code().equals("no-database");
        if (missing) {
            fresh = open(settings.newServer().withDatabase("postgres"));
        }
        try {
            Optional<Session> there = session(old);
            boolean begun = there.flatMap(ServingState::read).isPresent();
            int subscriptions = Math.max(1, settings.subscriptions());
            return Preflight.run(
                    new CheckContext(
                            old,
                            fresh,
                            there.map(Catalog::read).orElse(null),
                            missing,
                            begun,
                            begun ? NOTHING_MORE : onOld(subscriptions, settings.jobs()),
                            begun ? NOTHING_MORE : onNew(subscriptions, settings.jobs()),
                            subscriptions,
                            deep));
        } finally {
            session(old).ifPresent(Session::close);
            session(fresh).ifPresent(Session::close);
        }
    }

    /** A slot for each subscription, and one for each of the workers that copy tables. */
    private static Needs onOld(int subscriptions, int jobs) {
        return new Needs(
                subscriptions + SYNCHRONIZING,
                subscriptions + SYNCHRONIZING,
                subscriptions,
                CONNECTIONS + jobs);
    }

    /**
     * A slot for each way back; until 17 the origins of apply and copy come from the same budget.
     */
    private static Needs onNew(int subscriptions, int jobs) {
        return new Needs(
                subscriptions + 1 + SYNCHRONIZING,
                subscriptions,
                subscriptions + SYNCHRONIZING,
                CONNECTIONS + jobs);
    }

    /**
     * Lets through what no check objects to.
     *
     * @throws ProblemException that tells the first error in full and names the others
     */
    void require() {
        List<Finding> errors =
                findings().stream().filter(f -> f.severity() == Severity.ERROR).toList();
        if (errors.isEmpty()) {
            return;
        }
        Finding first = errors.getFirst();
        String others =
                errors.stream().skip(1).map(Finding::message).collect(Collectors.joining("; "));
        throw new Problem(
                        first.id().equals("connection") ? ExitStatus.CONNECTION : ExitStatus.CHECK,
                        first.id(),
                        first.message(),
                        others.isEmpty()
                                ? first.detail()
                                : (first.detail() + " Also: " + others).strip(),
                        first.hint()
                                + (others.isEmpty()
                                        ? ""
                                        : " relevo check tells all of them in full."))
                .toException();
    }

    private static Side open(Endpoint endpoint) {
        try {
            return new Side.Open(endpoint.open("check"));
        } catch (ProblemException e) {
            return new Side.Closed(e.problem());
        }
    }

    private static Optional<Session> session(Side side) {
        return switch (side) {
            case Side.Open(Session session) -> Optional.of(session);
            case Side.Closed _ -> Optional.empty();
        };
    }
}
