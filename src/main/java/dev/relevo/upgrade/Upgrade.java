package dev.relevo.upgrade;

import dev.relevo.catalog.LostChanges;
import dev.relevo.catalog.Side;
import dev.relevo.check.Finding;
import dev.relevo.copy.JoinCopy;
import dev.relevo.copy.Standing;
import dev.relevo.copy.Throttle;
import dev.relevo.handover.HandoverEvent;
import dev.relevo.handover.HandoverReport;
import dev.relevo.handover.Installation;
import dev.relevo.ledger.Chronicle;
import dev.relevo.ledger.Ledger;
import dev.relevo.ledger.ServingState;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.KeptSessions;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.plan.Event;
import dev.relevo.plan.Plan;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Runner;
import dev.relevo.plan.Statement;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import dev.relevo.replication.CatchUp;
import dev.relevo.schema.Rehearse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The upgrade of one database: every command of {@code relevo} is one method here.
 *
 * <p>Nothing is remembered between two calls (but by what {@link #watch} returns); each asks the
 * servers where things stand. Every method may throw {@link ProblemException}, and begins by
 * proving that both databases belong to the same upgrade ({@link Pair#prove}).
 */
public final class Upgrade implements AutoCloseable {
    private final Settings settings;
    private final String operator;
    private final Chronicle chronicle;
    private Set<String> judged = Set.of();

    /**
     * Looks at nothing yet.
     *
     * @param operator who is at work, for the second one to be told: {@code user@host}
     */
    public Upgrade(Settings settings, String operator) {
        this.settings = settings;
        this.operator = operator;
        this.chronicle = new Chronicle(settings.oldServer(), operator);
    }

    /** Runs every preflight check; changes nothing. */
    public List<Finding> check() {
        return check(false);
    }

    /** The same, where {@code deep} looks at the rows of big tables too, however long it takes. */
    public List<Finding> check(boolean deep) {
        try {
            Pair.prove(settings, "check");
        } catch (ProblemException e) {
            if (e.problem().status() != ExitStatus.CONNECTION) {
                throw e;
            }
            // The checks say which server it is, and what can be said of the other one.
        }
        List<Finding> findings = new ArrayList<>(new Examination(settings, deep).findings());
        status().replication()
                .ifPresent(replication ->
                        replication.problems().forEach(problem -> findings.add(finding(problem))));
        return findings;
    }

    /**
     * What of the schema the new server would refuse: loads it into a scratch database there, which
     * is dropped again.
     */
    public List<Finding> rehearse() {
        return Rehearse.remedies(settings.oldServer(), settings.newServer(), (_, _, _) -> {})
                .stream()
                .map(remedy ->
                        new Finding(
                                "rehearsal",
                                Finding.Severity.ERROR,
                                remedy.message(),
                                remedy.detail(),
                                remedy.hint()))
                .toList();
    }

    /** What keeps one side from following the other; a worker that does not run may come back. */
    private static Finding finding(String problem) {
        String[] lines = problem.split("\n", 2);
        return new Finding(
                "replication",
                LostChanges.areMeantBy(problem) ? Finding.Severity.ERROR : Finding.Severity.WARNING,
                lines[0],
                "",
                lines.length > 1 ? lines[1].replace('\n', ' ') : "");
    }

    /**
     * Every statement that {@link #start} and {@link #switchOver} would run, step by step. What
     * {@link #rollback} runs is that of the switch with the servers exchanged.
     */
    public List<PlannedStep> plan() {
        return new Planning(settings, Pair.prove(settings, "plan")).steps();
    }

    /** A step, whether it is done already, and what it would run. */
    public record PlannedStep(
            String command, String id, String title, boolean done, List<Statement> statements) {}

    /** Checks, then does everything up to the point where the new side follows the old one. */
    public void start(Consumer<Event> listener) {
        Pair.prove(settings, "start");
        new Examination(settings).require();
        try (Lease lease = Lease.take(settings.oldServer(), "start", operator)) {
            assert lease.pid() > 0;
            Pair pair = Pair.prove(settings, "start");
            requireNotSwitched(pair);
            requireSameSubscriptions(pair);
            Settings sized = settings.withJobs(WorkerCount.ofStart(settings));
            chronicle.during("start", settings.options(), () -> start(pair, sized, listener));
        }
    }

    /** Nothing that is left half done may pass for ready, wherever this is interrupted. */
    private void start(Pair pair, Settings sized, Consumer<Event> listener) {
        try (Session old = pair.old().open("start")) {
            Ledger.notReady(old);
        }
        KeptSessions.during(() -> runner(listener).run(startPlan(pair, sized, listener)));
        FinishPlan.carrySavedIdentities(settings);
        try (Session fresh = pair.fresh().open("start")) {
            Installation.holdBackSequences(fresh);
        }
        // What was changed while the rows were copied.
        Alike.noteCarried(pair);
        Consumer<String> notes = note -> listener.accept(new Event.Noted(note));
        SyncReport carried = carry(pair, Sync.from(pair, Side.OLD), notes);
        carried.notes().forEach(notes);
        carried.differences().forEach(left -> notes.accept("left: " + left));
        carried.statements()
                .forEach(each -> listener.accept(new Event.Noted("carried again: " + each.text())));
        try (Session old = pair.old().open("start")) {
            Ledger.ready(old);
        }
    }

    /**
     * Helps {@link #start} of another process with the copy until nothing is left of it. Needs no
     * lease, and changes nothing but what that copy would.
     *
     * @param listener is told how far the copy is
     * @throws ProblemException when there is no copy to help with
     */
    public JoinCopy.Share joinCopy(Consumer<Standing> listener) {
        Pair pair = Pair.prove(settings, "copy worker");
        String name = ProcessHandle.current().pid() + " of " + operator;
        return new JoinCopy(
                        settings.oldServer(),
                        settings.newServer(),
                        new SnapshotOnOld(pair.old()),
                        () -> WorkerCount.ofHelper(settings),
                        new Throttle(settings.maxRate()),
                        name)
                .run(listener);
    }

    /**
     * Where things stand. Takes most of a second more when the side that follows is so far behind
     * that it is worth measuring how fast it goes.
     */
    public Status status() {
        return StatusReader.once(Pair.asFarAsKnown(settings)).read();
    }

    /**
     * Where things stand, to be asked again and again, by one thread. How fast replication goes is
     * measured from one answer to the next ones, and so is unknown at first.
     */
    public Supplier<Status> watch() {
        return StatusReader.watching(settings)::read;
    }

    /**
     * Gives the way back up if its slots keep more than that on the new server, which serves. The
     * way forward is never given up by this.
     *
     * @param limit in bytes
     * @return what was given up; nothing when the slots keep less, or the new server does not serve
     */
    public Optional<String> giveUpWayBack(long limit) {
        return new WayBackPrice(settings, operator).giveUp(limit);
    }

    /**
     * What was done so far, by whom and how it ended. The new server has an entry only of what was
     * done there while the old one did not answer.
     */
    public List<Chronicle.Entry> log() {
        List<Chronicle.Entry> all = new ArrayList<>(Chronicle.read(settings.oldServer()));
        try {
            all.addAll(Chronicle.read(settings.newServer()));
        } catch (ProblemException | PgException e) {
            return all; // it is the old one's journal that was asked for
        }
        all.sort(Comparator.comparing(Chronicle.Entry::at));
        return all;
    }

    /** Hands the clients over to the new side; if that was done already, only tidies up. */
    public HandoverReport switchOver(Consumer<HandoverEvent> listener) {
        return change(Side.OLD, "switch", listener);
    }

    /** Hands the clients back to the old side; if that was done already, only tidies up. */
    public HandoverReport rollback(Consumer<HandoverEvent> listener) {
        return change(Side.NEW, "rollback", listener);
    }

    /**
     * Lets the next handover through although these differences of the two schemas are left.
     *
     * @param ids as {@link #sync} and a refused handover name them
     */
    public void ignoreDifferences(Collection<String> ids) {
        judged = Set.copyOf(ids);
    }

    /**
     * Carries to the side that follows what was changed on the one that serves and is not
     * replicated.
     *
     * @param dryRun only to tell what that would be
     * @param notes is told, a line each, what is waited for
     */
    public SyncReport sync(boolean dryRun, Consumer<String> notes) {
        if (dryRun) {
            Pair pair = Pair.prove(settings, "sync");
            Sync sync = Sync.ofServing(pair);
            return sync.look().with(new Alike(pair, sync.serving()).told());
        }
        try (Lease lease = Lease.take(settings.oldServer(), "sync", operator)) {
            assert lease.pid() > 0;
            Pair pair = Pair.prove(settings, "sync");
            Sync sync = Sync.ofServing(pair);
            AtomicReference<SyncReport> report = new AtomicReference<>();
            chronicle.during("sync", "", () -> report.set(carry(pair, sync, notes)));
            SyncReport carried = Objects.requireNonNull(report.get());
            carried.statements()
                    .forEach(each -> chronicle.write("sync", "", "carried", each.text()));
            return carried;
        }
    }

    /** Roles come before what names them, and owners and privileges behind what they are of. */
    private static SyncReport carry(Pair pair, Sync sync, Consumer<String> notes) {
        SyncReport roles = sync.carry(notes);
        SyncReport schema = new Alike(pair, sync.serving()).carried(notes);
        return roles.with(schema).with(sync.carry(notes));
    }

    private HandoverReport change(Side from, String command, Consumer<HandoverEvent> listener) {
        try (Lease lease = Lease.take(settings.oldServer(), command, operator)) {
            Pair pair = Pair.prove(settings, command);
            AtomicReference<HandoverReport> report = new AtomicReference<>();
            chronicle.during(
                    command,
                    settings.options(),
                    () ->
                            report.set(
                                    new Change(pair, from, settings.handover(), lease)
                                            .run(judged, listener)));
            return Objects.requireNonNull(report.get());
        }
    }

    /**
     * Waits until the side that does not serve has everything the serving one had when this was
     * called.
     *
     * @throws ProblemException when replication stands still
     */
    public void awaitFollowing() {
        awaitFollowing(CatchUp.SILENCE, (_, _, _) -> {});
    }

    /** The same, with a say in how long nothing may come. */
    void awaitFollowing(Duration silence, Progress progress) {
        Pair pair = Pair.prove(settings, "catch up");
        Side serving =
                pair.state(Side.NEW).filter(ServingState.OPEN::equals).isPresent()
                        ? Side.NEW
                        : Side.OLD;
        int subscriptions = pair.subscriptions();
        for (int part = 1; part <= subscriptions; part++) {
            new CatchUp(
                            pair.node(serving).part(part),
                            pair.node(serving.other()).part(part),
                            silence)
                    .apply(progress);
        }
    }

    /**
     * After the switch: removes the way back and every trace on both servers, but for what tells
     * the old one that the upgrade is finished, and its journal. The old database stays read-only
     * by default, or clients with several hosts would find it again.
     */
    public void finish(Consumer<Event> listener) {
        try (Lease lease = Lease.take(settings.oldServer(), "finish", operator)) {
            Pair pair = Pair.proveEvenFinished(settings, "finish");
            boolean left = pair.state(Side.NEW).isPresent() || pair.state(Side.OLD).isPresent();
            if (pair.isFinished() && !left) {
                listener.accept(new Event.Noted("this upgrade is finished already"));
                return;
            }
            requireServing(pair, Side.NEW, "finish", "Run relevo switch first.");
            clearAway(pair, Side.NEW, lease);
            chronicle.during(
                    "finish",
                    settings.options(),
                    () -> runner(listener).undo(FinishPlan.of(settings, pair)));
        }
    }

    /** Before the switch, or after a rollback: removes every trace on both servers. */
    public void abort(Consumer<Event> listener) {
        try (Lease lease = Lease.take(settings.oldServer(), "abort", operator)) {
            Pair pair = Pair.prove(settings, "abort");
            if (pair.ours().isEmpty()) {
                listener.accept(new Event.Noted("there is nothing of Relevo's on either server"));
                return;
            }
            requireServing(
                    pair,
                    Side.OLD,
                    "abort",
                    "Run relevo rollback first, or relevo finish to keep it.");
            clearAway(pair, Side.OLD, lease);
            chronicle.during(
                    "abort",
                    settings.options(),
                    () -> runner(listener).undo(startPlan(pair, settings, listener)));
        }
    }

    /**
     * Removes everything of Relevo's from the side that serves, when the other one is gone for
     * good. Killed midway, it goes on when it is given again.
     */
    public void removeWithout(Side gone, Consumer<Event> listener) {
        Side left = gone.other();
        String command = Survivor.command(left);
        Endpoint endpoint = Survivor.endpoint(settings, left);
        try (Lease lease = Lease.take(endpoint, command, operator)) {
            assert lease.pid() > 0;
            Optional<Survivor> survivor =
                    Survivor.prove(settings, left, note -> listener.accept(new Event.Noted(note)));
            if (survivor.isEmpty()) {
                listener.accept(
                        new Event.Noted(
                                "there is nothing of Relevo's on the %s server".formatted(left)));
                return;
            }
            Chronicle here = new Chronicle(endpoint, operator);
            here.during(
                    command,
                    settings.options() + " " + gone.label() + "-is-gone=true",
                    () -> {
                        survivor.get().restore();
                        new Runner(here::write, listener, InstantSource.system())
                                .undo(survivor.get().plan());
                    });
        }
    }

    /** What {@link #removeWithout} would destroy, one line each; changes nothing. */
    public List<String> destroyedWithout(Side gone) {
        return Survivor.prove(settings, gone.other(), _ -> {})
                .map(Survivor::losses)
                .orElse(List.of());
    }

    /** What {@link #abort} or {@link #finish} would destroy, one line each; changes nothing. */
    public List<String> destroyedBy(boolean finish) {
        return new Losses(settings, Pair.proveEvenFinished(settings, finish ? "finish" : "abort"))
                .of(finish);
    }

    private void clearAway(Pair pair, Side serving, Lease lease) {
        if (pair.state(Side.OLD).isPresent() && pair.state(Side.NEW).isPresent()) {
            new Change(pair, serving, settings.handover(), lease).clearAway();
        }
    }

    /**
     * Refuses what would remove the side that clients write to. An old side that is recorded as
     * anything but open has handed its clients over, whatever the new one says or no longer says:
     * its abort would drop the database that serves.
     */
    private static void requireServing(Pair pair, Side side, String command, String hint) {
        Optional<ServingState> state = pair.state(side);
        boolean otherOpen = pair.state(side.other()).filter(ServingState.OPEN::equals).isPresent();
        boolean refused =
                side == Side.NEW
                        ? state.filter(ServingState.OPEN::equals).isEmpty()
                        : state.filter(recorded -> recorded != ServingState.OPEN).isPresent();
        if (otherOpen || refused) {
            throw new Problem(
                            ExitStatus.STATE,
                            "wrong-side",
                            command + " needs the " + side + " server to serve",
                            "relevo status shows where things stand",
                            hint)
                    .toException();
        }
    }

    /** Holds nothing open between two calls. */
    @Override
    public void close() {}

    private static void requireNotSwitched(Pair pair) {
        boolean fenced = pair.state(Side.OLD).filter(ServingState.FENCED::equals).isPresent();
        if (fenced || pair.state(Side.NEW).filter(ServingState.OPEN::equals).isPresent()) {
            throw new Problem(
                            ExitStatus.STATE,
                            "already-switched",
                            "the clients were handed over already",
                            "the old server is recorded as fenced",
                            "Run relevo rollback to go back, or relevo finish to stay.")
                    .toException();
        }
    }

    /** A table never changes its group, so their number stays what it was at the beginning. */
    private void requireSameSubscriptions(Pair pair) {
        int asked = settings.subscriptions();
        pair.recordedSubscriptions()
                .filter(begun -> asked != Settings.AUTOMATIC && asked != begun)
                .ifPresent(begun -> {
                    throw new Problem(
                                    ExitStatus.STATE,
                                    "subscriptions-differ",
                                    "the upgrade was begun with %d %s, not %d"
                                            .formatted(
                                                    begun,
                                                    begun == 1 ? "subscription" : "subscriptions",
                                                    asked),
                                    "every table keeps the subscription it was given at first",
                                    "Leave --subscriptions out to go on, or run relevo abort, then relevo"
                                            + " start --subscriptions "
                                            + asked
                                            + " to copy anew.")
                            .toException();
                });
    }

    private static Plan startPlan(Pair pair, Settings sized, Consumer<Event> listener) {
        return StartPlan.of(sized, pair, note -> listener.accept(new Event.Noted(note)));
    }

    private Runner runner(Consumer<Event> listener) {
        return new Runner(chronicle::write, listener, InstantSource.system());
    }
}
