package dev.relevo.cli;

import dev.relevo.catalog.Side;
import dev.relevo.check.Finding;
import dev.relevo.copy.JoinCopy;
import dev.relevo.copy.Standing;
import dev.relevo.handover.HandoverEvent;
import dev.relevo.handover.HandoverReport;
import dev.relevo.handover.HandoverReport.Timing;
import dev.relevo.ledger.Chronicle;
import dev.relevo.plan.Event;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import dev.relevo.problem.Problem;
import dev.relevo.replication.Pace;
import dev.relevo.replication.Worker;
import dev.relevo.upgrade.Status;
import dev.relevo.upgrade.SyncReport;
import dev.relevo.upgrade.Upgrade.PlannedStep;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Stands in for two servers where only the rendering is looked at. */
final class Answers implements Commands {
    final List<String> called = new ArrayList<>();
    List<Finding> findings = List.of();
    Optional<Status.Copy> copy = Optional.empty();
    List<Status.Subscription> subscriptions =
            List.of(
                    subscription(
                            "relevo_new", 12_345, 0.1, true, 16_777_216, Pace.unknown(12_345)));
    Status.Phase phase = Status.Phase.FOLLOWING;
    String serving = "old";
    List<String> problems = List.of();
    long databaseBytes;
    Optional<String> givenUp = Optional.empty();
    Optional<Problem> trouble = Optional.empty();
    @Nullable RuntimeException failure;

    static final HandoverReport REPORT =
            new HandoverReport(
                    "old",
                    "new",
                    55.04,
                    71.26,
                    130,
                    List.of(new Timing("gate", 20), new Timing("drain", 55.04)));

    static Status.Subscription subscription(
            String name,
            long lagBytes,
            double lagSeconds,
            boolean running,
            long retainedBytes,
            Pace pace) {
        return new Status.Subscription(
                name,
                lagBytes,
                lagSeconds,
                Optional.of(
                        new Worker(
                                running ? Worker.State.RUNNING : Worker.State.STOPPED,
                                running ? Optional.of(1) : Optional.empty(),
                                false,
                                Optional.empty(),
                                Optional.of(name))),
                Optional.empty(),
                retainedBytes,
                Optional.empty(),
                pace);
    }

    static Finding finding(Finding.Severity severity, String id) {
        return new Finding(id, severity, id + " is wrong", "It was seen.", "Mend it.");
    }

    @Override
    public List<Finding> rehearse() {
        note("rehearse");
        return List.of();
    }

    @Override
    public List<Finding> check(boolean deep) {
        note("check");
        return findings;
    }

    @Override
    public List<PlannedStep> plan() {
        note("plan");
        return List.of(
                new PlannedStep(
                        "start",
                        "roles",
                        "create the roles",
                        true,
                        List.of(new Statement("new", "CREATE ROLE app;\nCREATE ROLE web"))),
                new PlannedStep(
                        "start",
                        "schema",
                        "copy the schema",
                        false,
                        List.of(
                                new Statement("here", "pg_dump --schema-only\n  | psql"),
                                new Statement("old", "SELECT 1"))));
    }

    @Override
    public void start(Consumer<Event> listener) {
        note("start");
        steps(listener);
    }

    private static void steps(Consumer<Event> listener) {
        Step roles = new Named("roles", "create the roles");
        Step copy = new Named("copy", "copy the tables");
        listener.accept(new Event.Found(roles, 1, 2, "3 roles"));
        listener.accept(new Event.Started(copy, 2, 2));
        listener.accept(new Event.Moved(copy, 1, 2, "bytes of shop.orders", Duration.ofSeconds(1)));
        listener.accept(new Event.Finished(copy, 2, 2, "7 tables", Duration.ofMillis(1_234)));
    }

    @Override
    public JoinCopy.Share joinCopy(Consumer<Standing> listener) {
        note("copy-worker");
        return new JoinCopy.Share(3, 1, 1_234, 5L << 20);
    }

    @Override
    public Status status() {
        note("status");
        return new Status(
                phase,
                serving,
                new Status.Side("old:5432/shop", "14.24", "read-write", 20, Optional.empty()),
                new Status.Side("new:5432/shop", "16.15", "read-only", 0, trouble),
                Optional.of(new Status.Replication(serving, 6, 7, subscriptions, problems)),
                copy,
                Optional.of("ann@ops"),
                databaseBytes,
                givenUp,
                "relevo switch");
    }

    @Override
    public Supplier<Status> watch() {
        return this::status;
    }

    @Override
    public Optional<String> giveUpWayBack(long limit) {
        note("give up");
        return Optional.of("the way back was given up");
    }

    @Override
    public SyncReport sync(boolean dryRun, Consumer<String> notes) {
        note(dryRun ? "sync --dry-run" : "sync");
        return new SyncReport(
                "old",
                "new",
                dryRun,
                List.of(new Statement("new", "ALTER ROLE \"app\" PASSWORD '********'")),
                List.of("role web stays"),
                List.of());
    }

    @Override
    public HandoverReport switchOver(Consumer<HandoverEvent> listener) {
        note("switch");
        listener.accept(new HandoverEvent("gate", ""));
        listener.accept(new HandoverEvent("drain", "waiting for 3 clients"));
        return REPORT;
    }

    @Override
    public HandoverReport rollback(Consumer<HandoverEvent> listener) {
        note("rollback");
        return REPORT;
    }

    @Override
    public void finish(Consumer<Event> listener) {
        note("finish");
        steps(listener);
    }

    @Override
    public void abort(Consumer<Event> listener) {
        note("abort");
        listener.accept(new Event.Undone(new Named("copy", "copy the tables"), Duration.ZERO));
    }

    @Override
    public List<String> destroyedWithout(Side gone) {
        return List.of("gives " + gone + " up");
    }

    @Override
    public void removeWithout(Side gone, Consumer<Event> listener) {
        note("without " + gone);
    }

    @Override
    public List<String> destroyedBy(boolean finish) {
        return List.of(finish ? "removes the way back" : "drops the database");
    }

    @Override
    public List<Chronicle.Entry> log() {
        note("log");
        return List.of(
                new Chronicle.Entry(
                        Instant.EPOCH, "somebody@here", "switch", "", "done", "all is well"));
    }

    private void note(String name) {
        called.add(name);
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void close() {}

    private record Named(String id, String title) implements Step {
        @Override
        public List<Statement> statements() {
            return List.of();
        }

        @Override
        public Observation observe() {
            return new Observation.Pending();
        }

        @Override
        public void apply(Progress progress) {}

        @Override
        public Reversal reversal() {
            return new Reversal.Nothing();
        }
    }
}
