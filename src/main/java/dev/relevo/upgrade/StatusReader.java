package dev.relevo.upgrade;

import dev.relevo.catalog.Side;
import dev.relevo.copy.Standing;
import dev.relevo.ledger.ServingState;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.problem.Pause;
import dev.relevo.problem.ProblemException;
import dev.relevo.replication.ApplyWorker;
import dev.relevo.replication.CopyProgress;
import dev.relevo.replication.Forecast;
import dev.relevo.replication.Lag;
import dev.relevo.replication.Node;
import dev.relevo.replication.Pace;
import dev.relevo.replication.PaceWindow;
import dev.relevo.replication.Snapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Asks both servers where things stand. Waits for no statement longer than two seconds, changes
 * nothing, and remembers nothing but how fast replication went.
 */
final class StatusReader {
    /** Between two looks of one call, when there is a lag that is worth a forecast. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(800);

    private final Supplier<Pair> proven;
    private final boolean again;
    private Pair pair;
    private final Map<String, PaceWindow> windows = new HashMap<>();

    private StatusReader(Supplier<Pair> proven, boolean again) {
        this.proven = proven;
        this.pair = proven.get();
        this.again = again;
    }

    /** Who is asked once: a rate takes two looks. */
    static StatusReader once(Pair pair) {
        return new StatusReader(() -> pair, true);
    }

    /** Who is asked again and again, and measures from one call to the next. */
    static StatusReader watching(Settings settings) {
        return new StatusReader(() -> Pair.asFarAsKnown(settings), false);
    }

    Status read() {
        pair = proven.get();
        try (Sight old = Sight.of(pair.old());
                Sight fresh = Sight.of(pair.fresh())) {
            try {
                return told(old, fresh, true);
            } catch (PgException e) {
                boolean isOld = e.endpoint().equals(pair.old().endpoint());
                return told(
                        isOld ? old.silenced(e) : old, isOld ? fresh : fresh.silenced(e), false);
            }
        }
    }

    private Status told(Sight old, Sight fresh, boolean further) {
        Optional<Side> serving = serving(old, fresh);
        Side from = serving.orElseGet(() -> followed(old, fresh));
        Optional<Status.Replication> replication =
                further ? replication(from, old, fresh) : Optional.empty();
        Status.Phase phase = phase(old, fresh, replication);
        return new Status(
                phase,
                switch (phase) {
                    case NOT_STARTED -> "old";
                    case FINISHED -> "new";
                    case UNKNOWN -> serving.map(Side::label).orElse("unknown");
                    default -> serving.map(Side::label).orElse("none");
                },
                old.side(),
                fresh.side(),
                replication,
                further && phase == Status.Phase.STARTING ? copy(old, fresh) : Optional.empty(),
                further ? old.session().flatMap(Lease::holder) : Optional.empty(),
                next(phase, from, old, fresh));
    }

    private static Optional<Side> serving(Sight old, Sight fresh) {
        return old.serves()
                ? Optional.of(Side.OLD)
                : fresh.serves() ? Optional.of(Side.NEW) : Optional.empty();
    }

    /** Which side the other one follows when neither says that it serves. */
    private static Side followed(Sight old, Sight fresh) {
        boolean handedOver =
                old.state().filter(ServingState.FENCED::equals).isPresent()
                        || fresh.state().filter(ServingState.OPEN::equals).isPresent();
        return handedOver ? Side.NEW : Side.OLD;
    }

    private Status.Phase phase(Sight old, Sight fresh, Optional<Status.Replication> replication) {
        if (!old.answers() || !fresh.answers()) {
            return Status.Phase.UNKNOWN;
        }
        if (pair.isFinished()) {
            return Status.Phase.FINISHED;
        }
        if (old.state().isEmpty() && fresh.state().isEmpty()) {
            return Status.Phase.NOT_STARTED;
        }
        boolean copied =
                fresh.schemaComplete()
                        && replication.filter(r -> r.tablesReady() == r.tablesTotal()).isPresent();
        if ((!old.serves() && !fresh.serves()) || old.schemasClosed() || fresh.schemasClosed()) {
            return Status.Phase.INTERRUPTED;
        }
        if (fresh.serves()) {
            return copied ? Status.Phase.SWITCHED : Status.Phase.INTERRUPTED;
        }
        return copied && pair.isReady() ? Status.Phase.FOLLOWING : Status.Phase.STARTING;
    }

    /** How the other side follows {@code from}; nothing when it does not. */
    private Optional<Status.Replication> replication(Side from, Sight old, Sight fresh) {
        Sight publisher = from == Side.OLD ? old : fresh;
        Sight subscriber = from == Side.OLD ? fresh : old;
        if (publisher.session().isEmpty() || subscriber.session().isEmpty()) {
            return Optional.empty();
        }
        Session here = publisher.session().get();
        Session there = subscriber.session().get();
        int subscriptions = ServingState.subscriptions(here).orElse(1);
        CopyProgress copy = CopyProgress.read(there, subscriber.node(), subscriptions);
        if (copy.total() == 0) {
            return Optional.empty();
        }
        List<String> problems = new ArrayList<>();
        List<Status.Subscription> each =
                each(here, there, publisher.node(), subscriber.node(), subscriptions, problems);
        if (again && each.stream().anyMatch(StatusReader::isUnknown)) {
            Pause.of(LOOK_AGAIN);
            problems.clear();
            each = each(here, there, publisher.node(), subscriber.node(), subscriptions, problems);
        }
        if (subscriptions > 1) {
            problems.addAll(CrossingKeys.problems(here, there, from));
        }
        int marks = copy.complete() ? subscriptions : 0;
        return Optional.of(
                new Status.Replication(
                        from.label(), copy.ready() - marks, copy.total() - marks, each, problems));
    }

    private static boolean isUnknown(Status.Subscription one) {
        return one.pace().forecast() instanceof Forecast.Unknown;
    }

    private List<Status.Subscription> each(
            Session here,
            Session there,
            Node publisher,
            Node subscriber,
            int subscriptions,
            List<String> problems) {
        List<Status.Subscription> each = new ArrayList<>();
        for (int part = 1; part <= subscriptions; part++) {
            each.add(
                    subscription(
                            here, there, publisher.part(part), subscriber.part(part), problems));
        }
        return each;
    }

    private Status.Subscription subscription(
            Session here, Session there, Node publisher, Node subscriber, List<String> problems) {
        String slot = publisher.slot();
        Optional<Lag> lag = Lag.read(here, slot);
        if (lag.isEmpty()) {
            problems.add(
                    "the slot %s on the %s server is gone: a new copy is needed"
                            .formatted(slot, publisher.side()));
        }
        boolean running = ApplyWorker.read(there, subscriber.subscription()).running();
        if (!running) {
            problems.add(
                    "no apply worker runs for %s on the %s server: read its log for the error"
                            .formatted(subscriber.subscription(), subscriber.side()));
        }
        String name = subscriber.subscription();
        return new Status.Subscription(
                name,
                lag.map(Lag::bytes).orElse(0L),
                lag.map(Lag::seconds).orElse(0.0),
                running,
                lag.map(Lag::retained).orElse(0L),
                lag.map(found ->
                                windows.computeIfAbsent(name, _ -> new PaceWindow())
                                        .add(found.sample(there, name)))
                        .orElse(Pace.unknown(0)));
    }

    /** Nothing when start has not come that far. */
    private Optional<Status.Copy> copy(Sight old, Sight fresh) {
        if (old.session().isEmpty() || fresh.session().isEmpty()) {
            return Optional.empty();
        }
        Session here = old.session().get();
        try {
            return Standing.read(fresh.session().get())
                    .map(standing ->
                            new Status.Copy(
                                    standing,
                                    Snapshot.isHeld(here),
                                    Lag.retained(here, pair.old().slot())));
        } catch (ProblemException e) {
            return Optional.empty();
        }
    }

    private static String next(Status.Phase phase, Side from, Sight old, Sight fresh) {
        return switch (phase) {
            case NOT_STARTED -> "relevo check";
            case STARTING -> "relevo start";
            case FOLLOWING -> "relevo switch";
            case SWITCHED -> "relevo finish, or relevo rollback";
            case FINISHED -> "nothing: the old server may be shut down";
            case INTERRUPTED ->
                    "the same command again"
                            + (from == Side.OLD ? " (relevo switch)" : " (relevo rollback)");
            case UNKNOWN ->
                    "relevo status again when %s"
                            .formatted(
                                    old.answers()
                                            ? "the new server answers"
                                            : fresh.answers()
                                                    ? "the old server answers"
                                                    : "both servers answer");
        };
    }
}
