package dev.relevo.upgrade;

import dev.relevo.catalog.Catalog;
import dev.relevo.catalog.Fingerprint;
import dev.relevo.catalog.Sequence;
import dev.relevo.catalog.Side;
import dev.relevo.catalog.Table;
import dev.relevo.handover.Directions;
import dev.relevo.handover.Handover;
import dev.relevo.handover.HandoverEvent;
import dev.relevo.handover.HandoverReport;
import dev.relevo.handover.Installation;
import dev.relevo.handover.Limits;
import dev.relevo.handover.Resolution;
import dev.relevo.handover.Task;
import dev.relevo.ledger.ServingState;
import dev.relevo.pg.Session;
import dev.relevo.plan.Observation;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import dev.relevo.replication.Node;
import dev.relevo.replication.WayBack;
import dev.relevo.schema.FenceTriggers;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A change of sides: looks where an earlier attempt ended, and hands over or only tidies up.
 *
 * <p>{@code switch} is a change from old to new, {@code rollback} the same from new to old.
 */
final class Change {
    private final Pair pair;
    private final Node from;
    private final Node to;
    private final Limits limits;
    private final Lease lease;

    Change(Pair pair, Side from, Limits limits, Lease lease) {
        this.pair = pair;
        this.from = pair.node(from);
        this.to = pair.node(from.other());
        this.limits = limits;
        this.lease = lease;
    }

    HandoverReport run(Set<String> judged, Consumer<HandoverEvent> listener) {
        ServingState fromState = require(from);
        ServingState toState = require(to);
        if (fromState == ServingState.FENCED) {
            return tidyUp(toState, listener);
        }
        if (fromState != ServingState.OPEN || toState == ServingState.OPEN) {
            throw new Problem(
                            ExitStatus.STATE,
                            "not-serving",
                            "the " + from.side() + " server does not serve",
                            "it is recorded as "
                                    + fromState.name().toLowerCase(java.util.Locale.ROOT)
                                    + ", the other one as "
                                    + toState.name().toLowerCase(java.util.Locale.ROOT),
                            toState == ServingState.OPEN && from.side() == Side.NEW
                                    ? "Run relevo switch first; there is nothing to roll back."
                                    : "relevo status shows where things stand.")
                    .toException();
        }
        WayBackPrice.requireKept(from);
        requireReady();
        refresh(from);
        refresh(to);
        Task task = task();
        requireSameSchema();
        int subscriptions = pair.subscriptions();
        Surroundings.require(from, to);
        new Readiness(from, to, subscriptions).require();
        // What an earlier attempt that died may have left: closed privileges, a read-only source.
        new Resolution(task)
                .restore(new IllegalStateException("an earlier attempt could not be cleared away"));
        // What clients did to the triggers of their tables since.
        fence(FenceTriggers.onOld(pair.old().endpoint(), task.fenced()));
        fence(FenceTriggers.onNew(pair.fresh().endpoint(), task.fenced()));
        new Applying(from, to, subscriptions).require();
        carry(listener);
        new Alike(pair, from.side()).require(judged);
        Measurement measurement = Measurement.begin(from, to, subscriptions);
        try {
            return new Handover(task, limits, directions(), listener).run();
        } catch (ProblemException e) {
            throw measurement.explain(e);
        }
    }

    /** Nobody waits for this; what cannot be carried ends the command. */
    private void carry(Consumer<HandoverEvent> listener) {
        SyncReport report =
                Sync.from(pair, from.side())
                        .carry(note -> listener.accept(new HandoverEvent("", note)));
        report.statements()
                .forEach(each ->
                        listener.accept(
                                new HandoverEvent(
                                        "", "carried to " + to.side() + ": " + each.text())));
        report.notes().forEach(note -> listener.accept(new HandoverEvent("", note)));
    }

    private static void refresh(Node node) {
        try (Session session = node.endpoint().openForDdl("switch")) {
            Installation.refresh(session);
        }
    }

    private static void fence(FenceTriggers step) {
        switch (step.observe()) {
            case Observation.Done _ -> {}
            case Observation.Pending _, Observation.Drifted _ -> step.apply((_, _, _) -> {});
        }
    }

    /**
     * Takes away what a handover from this side that died before its commit point may have left:
     * the other side's closed schemas, the slot and the subscription of its way back, this side
     * read-only. For the commands that do not give it another try: abort, finish, and the change in
     * the other direction.
     */
    void clearAway() {
        directions().dropWayBack();
        if (Pair.state(from.endpoint()).filter(ServingState.OPEN::equals).isPresent()
                && Pair.state(to.endpoint()).isPresent()) {
            new Resolution(task())
                    .restore(
                            new IllegalStateException(
                                    "an interrupted handover could not be cleared away"));
        }
    }

    /**
     * The commit point lies behind us already: wait until the other side is open, and leave order.
     */
    private HandoverReport tidyUp(ServingState toState, Consumer<HandoverEvent> listener) {
        listener.accept(new HandoverEvent("tidy up", "the handover was done before"));
        if (toState != ServingState.OPEN) {
            new Resolution(task())
                    .awaitOpen(
                            java.time.Duration.ofSeconds(60),
                            new IllegalStateException("the fenced mark has not arrived"));
        }
        directions().dropForward();
        new Change(pair, to.side(), limits, lease).clearAway();
        return new HandoverReport(from.side().label(), to.side().label(), 0, 0, 0, List.of());
    }

    /** What {@code start} did not bring to its end may lack anything: statistics, views, keys. */
    private void requireReady() {
        if (!pair.isReady()) {
            throw new Problem(
                            ExitStatus.STATE,
                            "start-not-finished",
                            "relevo start has not come to its end",
                            "its last run was interrupted or failed",
                            "Run relevo start again: it goes on where it stopped, and tells what keeps it"
                                    + " from ending.")
                    .toException();
        }
    }

    private ServingState require(Node node) {
        Optional<ServingState> state = pair.state(node.side());
        return state.orElseThrow(() ->
                new Problem(
                                ExitStatus.STATE,
                                "not-started",
                                "there is nothing to hand over",
                                "Relevo has not prepared " + node.endpoint().display(),
                                "Run relevo start first.")
                        .toException());
    }

    private Task task() {
        try (Session here = from.open("switch")) {
            String stamp = Task.stamp(here);
            Catalog catalog = Catalog.read(here);
            return new Task(
                    from.server(),
                    to.server(),
                    catalog.fenced().stream().map(Table::name).toList(),
                    catalog.sequences().stream().map(Sequence::name).toList(),
                    stamp,
                    from.side() == Side.OLD ? List.of(lease.pid()) : List.of());
        }
    }

    private void requireSameSchema() {
        Fingerprint onFrom = fingerprint(from);
        Fingerprint onTo = fingerprint(to);
        List<String> difference =
                from.side() == Side.OLD
                        ? Fingerprint.difference(onFrom, onTo)
                        : Fingerprint.difference(onTo, onFrom);
        if (!difference.isEmpty()) {
            throw new Problem(
                            ExitStatus.STATE,
                            "schema-differs",
                            "the two databases do not have the same tables any more",
                            String.join("; ", difference),
                            "Run relevo sync: it carries what can be carried, and says what to do about"
                                    + " the rest.")
                    .toException();
        }
    }

    private static Fingerprint fingerprint(Node node) {
        try (Session session = node.open("switch")) {
            return Fingerprint.read(session);
        }
    }

    private Directions directions() {
        WayBack ways = new WayBack(from, to, pair.subscriptions());
        List<String> slots = ways.wayBackSlots();
        return new Directions() {
            @Override
            public List<String> forwardSubscriptions() {
                return ways.forwardSubscriptions();
            }

            @Override
            public List<String> wayBackSubscriptions() {
                return ways.wayBackSubscriptions();
            }

            @Override
            public List<String> wayBackSlots() {
                return slots;
            }

            @Override
            public void prepareWayBack() {
                ways.prepare();
            }

            @Override
            public void dropWayBack() {
                ways.drop();
            }

            @Override
            public void dropForward() {
                ways.dropForward();
            }
        };
    }
}
