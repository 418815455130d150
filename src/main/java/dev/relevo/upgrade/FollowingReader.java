package dev.relevo.upgrade;

import dev.relevo.ledger.ServingState;
import dev.relevo.pg.Session;
import dev.relevo.problem.Pause;
import dev.relevo.replication.ApplyLog;
import dev.relevo.replication.CopyProgress;
import dev.relevo.replication.Forecast;
import dev.relevo.replication.Lag;
import dev.relevo.replication.Node;
import dev.relevo.replication.Pace;
import dev.relevo.replication.PaceWindow;
import dev.relevo.replication.Published;
import dev.relevo.replication.SlotHealth;
import dev.relevo.replication.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How one side follows the other, as those of the two say that answer. Remembers nothing but how
 * fast replication went.
 */
final class FollowingReader {
    /** Between two looks of one call, when there is a lag that is worth a forecast. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(800);

    private final boolean again;
    private final Map<String, PaceWindow> windows = new HashMap<>();

    /** The process that was seen last, 0 for none, of each worker that may come and go. */
    private final Map<String, Integer> seen = new HashMap<>();

    /**
     * Looks at nothing yet.
     *
     * @param again whether a call may take a second look, to measure how fast it goes
     */
    FollowingReader(boolean again) {
        this.again = again;
    }

    /** Nothing when the one does not follow the other. */
    Optional<Status.Replication> replication(Sight publisher, Sight subscriber) {
        Optional<Integer> subscriptions =
                publisher
                        .session()
                        .flatMap(ServingState::subscriptions)
                        .or(() -> subscriber.session().flatMap(ServingState::subscriptions));
        if (subscriptions.isEmpty()) {
            return Optional.empty();
        }
        Optional<CopyProgress> copy =
                subscriber
                        .session()
                        .map(there ->
                                CopyProgress.read(there, subscriber.node(), subscriptions.get()));
        if (copy.isPresent() && copy.get().total() == 0) {
            return Optional.empty();
        }
        List<String> problems = new ArrayList<>();
        List<Status.Subscription> each = each(publisher, subscriber, subscriptions.get(), problems);
        boolean slots = each.stream().anyMatch(one -> one.slot().isPresent());
        if (copy.isEmpty() && !slots) {
            return Optional.empty();
        }
        if (again && each.stream().anyMatch(FollowingReader::isUnknown)) {
            Pause.of(LOOK_AGAIN);
            problems.clear();
            each = each(publisher, subscriber, subscriptions.get(), problems);
        }
        if (publisher.session().isPresent() && subscriber.session().isPresent()) {
            problems.addAll(published(publisher, subscriber, subscriptions.get()));
        }
        if (subscriptions.get() > 1
                && publisher.session().isPresent()
                && subscriber.session().isPresent()) {
            problems.addAll(
                    CrossingKeys.problems(
                            publisher.session().get(),
                            subscriber.session().get(),
                            publisher.node().side()));
        }
        int marks = copy.filter(CopyProgress::complete).map(_ -> subscriptions.get()).orElse(0);
        return Optional.of(
                new Status.Replication(
                        publisher.node().side().label(),
                        copy.map(CopyProgress::ready).orElse(0) - marks,
                        copy.map(CopyProgress::total).orElse(0) - marks,
                        each,
                        problems));
    }

    /** Of two sides that answer. */
    private static List<String> published(Sight publisher, Sight subscriber, int subscriptions) {
        Session here = publisher.session().orElseThrow();
        Session there = subscriber.session().orElseThrow();
        List<String> problems = new ArrayList<>();
        for (int part = 1; part <= subscriptions; part++) {
            problems.addAll(
                    Published.problems(
                            here,
                            publisher.node().part(part),
                            there,
                            subscriber.node().part(part)));
        }
        problems.addAll(Published.unfenced(there, subscriber.node(), subscriptions));
        return problems;
    }

    private static boolean isUnknown(Status.Subscription one) {
        boolean comesAndGoes = one.workerRunning() && one.error().isPresent();
        return comesAndGoes || (!one.stuck() && one.pace().forecast() instanceof Forecast.Unknown);
    }

    private List<Status.Subscription> each(
            Sight publisher, Sight subscriber, int subscriptions, List<String> problems) {
        List<Status.Subscription> each = new ArrayList<>();
        for (int part = 1; part <= subscriptions; part++) {
            each.add(one(publisher, subscriber, part, problems));
        }
        return each;
    }

    private Status.Subscription one(
            Sight publisher, Sight subscriber, int part, List<String> problems) {
        Node from = publisher.node().part(part);
        Node to = subscriber.node().part(part);
        String name = to.subscription();
        Troubles troubles = new Troubles(from.side(), to.side(), name, problems);
        Optional<String> slot = publisher.session().map(_ -> from.slot());
        Optional<Lag> lag = publisher.session().flatMap(here -> Lag.read(here, slot.get()));
        Optional<SlotHealth> health =
                publisher.session().flatMap(here -> SlotHealth.read(here, from));
        Optional<Worker> found = subscriber.session().map(there -> Worker.read(there, name));
        Optional<ApplyLog.Finding> finding =
                subscriber.session().flatMap(there -> finding(there, name, found.get(), lag));
        Optional<Worker> worker =
                found.map(w -> finding.isPresent() && hasChanged(name, w) ? w.failing() : w);
        slot.ifPresent(wanted -> {
            if (lag.isEmpty()) {
                troubles.slotGone(wanted);
            }
            worker.flatMap(Worker::slot)
                    .filter(reads -> !reads.equals(wanted))
                    .ifPresent(reads -> troubles.readsFrom(reads, wanted));
        });
        health.ifPresent(h -> troubles.slot(from, h));
        boolean lost =
                publisher.session().isPresent() && health.filter(SlotHealth::isWhole).isEmpty();
        // Without its slot a worker fails, whatever the log tells.
        worker.filter(w -> !lost || w.state() != Worker.State.STOPPED)
                .ifPresent(w -> troubles.worker(w, finding));
        return new Status.Subscription(
                name,
                lag.map(Lag::bytes).orElse(0L),
                lag.map(Lag::seconds).orElse(0.0),
                worker,
                finding.flatMap(FollowingReader::error),
                lag.map(Lag::retained).orElse(0L),
                health,
                pace(name, lag, subscriber.session()));
    }

    /** One that fails at every start is there for a moment each time. */
    private boolean hasChanged(String name, Worker worker) {
        int pid = worker.pid().orElse(0);
        Integer before = seen.put(name, pid);
        return before != null && before != pid;
    }

    /**
     * A log is read for a worker that does not run, or that was started a moment ago and has not
     * confirmed everything.
     */
    private static Optional<ApplyLog.Finding> finding(
            Session there, String name, Worker worker, Optional<Lag> lag) {
        boolean failed = worker.state() == Worker.State.STOPPED;
        boolean behind =
                worker.state() == Worker.State.RUNNING
                        && worker.young()
                        && lag.filter(l -> l.bytes() > 0).isPresent();
        if (!failed && !behind) {
            return Optional.empty();
        }
        ApplyLog.Finding finding = ApplyLog.read(there, name);
        boolean tells =
                finding instanceof ApplyLog.Finding.Found(var error)
                        && !(behind && error.isOfConnection());
        return failed || tells ? Optional.of(finding) : Optional.empty();
    }

    private static Optional<dev.relevo.replication.ApplyError> error(ApplyLog.Finding finding) {
        return finding instanceof ApplyLog.Finding.Found found
                ? Optional.of(found.error())
                : Optional.empty();
    }

    private Pace pace(String name, Optional<Lag> lag, Optional<Session> subscriber) {
        if (lag.isEmpty() || subscriber.isEmpty()) {
            return Pace.unknown(lag.map(Lag::bytes).orElse(0L));
        }
        return windows.computeIfAbsent(name, _ -> new PaceWindow())
                .add(lag.get().sample(subscriber.get(), name));
    }
}
