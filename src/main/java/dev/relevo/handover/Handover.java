package dev.relevo.handover;

import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Moves the clients of one database from one server to the other, in the order that {@code
 * docs/handover.md} explains step by step.
 *
 * <p>The code knows only <em>from</em> and <em>to</em>: to switch is to hand over from old to new,
 * to roll back is the same from new to old.
 *
 * <p><b>If this process dies</b> before {@link Step#COMMIT_POINT}, the dead-men give both sides
 * back as they were; after it, the fenced mark that the commit point sent opens the other side from
 * within its apply worker. In both cases nothing of ours needs to be alive.
 *
 * <p><b>Who waits:</b> nobody until {@link Step#READ_ONLY}, or {@link Step#OVERLAP} for clients
 * that list {@code to} first. From then on clients that connect to {@code to} wait at their first
 * statement, at most {@link Limits#drain()} plus {@link Limits#catchUp()}; then the handover is
 * undone and they get an error.
 */
public final class Handover {
    private static final Duration DRAIN_SLICE = Duration.ofMillis(250);
    private static final Duration GATE_PATIENCE = Duration.ofSeconds(10);

    private final Task task;
    private final Limits limits;
    private final Directions directions;
    private final Stopwatch watch;

    public Handover(
            Task task, Limits limits, Directions directions, Consumer<HandoverEvent> listener) {
        this.task = task;
        this.limits = limits;
        this.directions = directions;
        this.watch = new Stopwatch(listener);
    }

    /**
     * Hands over, or undoes all of it.
     *
     * @throws ProblemException with status ABORTED when it was undone: {@code from} serves as
     *     before
     */
    public HandoverReport run() {
        try (FromSide from = new FromSide(task);
                ToSide to = new ToSide(task)) {
            new Admission(task, limits).require(from.free(), to.free());
            try {
                prepare(from, to);
                handOver(from, to);
            } catch (RuntimeException e) {
                throw new Undo(task, from, to, directions).because(e);
            }
            settle(from, to);
            return watch.report(task.fromSide().label(), task.toSide().label());
        }
    }

    /** Nobody is held up by anything here, and all of it may be undone or done again. */
    private void prepare(FromSide from, ToSide to) {
        watch.step(
                Step.WAY_BACK,
                () -> {
                    to.readOnly();
                    directions.prepareWayBack();
                });
        watch.step(
                Step.QUIET,
                () -> {
                    from.warmUp();
                    from.beginQuiet();
                });
        watch.step(Step.CLOSE, to::closeSchemas);
        watch.step(
                Step.WARM_UP,
                () -> {
                    await(from, to, "w", to.free());
                    to.flushLog();
                    to.free().set("statement_timeout", "5s");
                });
        watch.step(
                Step.DEAD_MEN,
                () -> {
                    from.arm(limits.whole());
                    // Later than the other one: if we are frozen, from is back before to is closed.
                    to.arm(limits.whole().plusSeconds(1));
                });
        watch.step(
                Step.CATALOGS,
                () -> {
                    to.beginQuiet();
                    to.quietCatalogs();
                });
        watch.step(Step.GATE, () -> to.shut(GATE_PATIENCE));
        watch.step(
                Step.OVERLAP,
                () -> {
                    to.readWrite();
                    pause(limits.overlap());
                    // What has been written there since the slot was made is skipped now, not while
                    // clients wait.
                    to.advance(directions.wayBackSlot());
                });
    }

    /** Every line here is time that clients wait. */
    private void handOver(FromSide from, ToSide to) {
        from.deadMan.requireArmed();
        to.deadMan.requireArmed();
        watch.step(Step.READ_ONLY, from::readOnly);
        watch.step(Step.STARTING, from::awaitStarting);
        long deadline = System.nanoTime() + limits.drain().toNanos();
        watch.step(Step.DRAIN, () -> drain(from, deadline));
        watch.step(Step.LOCKS, () -> lockTables(from, deadline));
        watch.step(Step.EXPEL, from::expel);
        String barrier = nonce("b");
        from.send(barrier);
        watch.step(
                Step.FENCE,
                () -> {
                    from.requireSameSchema();
                    from.raiseFences();
                });
        watch.step(Step.BARRIER, () -> awaitMark(to::has, barrier));
        watch.step(Step.FLUSH, () -> to.flushApplied(directions.forwardSubscription()));
        watch.step(Step.SEQUENCES, () -> to.setSequences(from.sequenceValues()));
        watch.step(
                Step.ADVANCE,
                () ->
                        from.makeReady(
                                directions.wayBackSubscription(),
                                to.advance(directions.wayBackSlot()),
                                nonce("f")));
        watch.step(Step.READY, () -> to.makeReady(directions.forwardSubscription()));
        from.deadMan.requireArmed();
        to.deadMan.requireArmed();
        watch.step(Step.COMMIT_POINT, from::commit);
        watch.step(Step.OPEN, () -> open(to));
    }

    private void drain(FromSide from, long deadline) {
        while (from.drain(slice(deadline)) > 0) {
            if (System.nanoTime() < deadline) {
                List<String> blockers = from.blockers();
                if (!blockers.isEmpty()) {
                    watch.note(Step.DRAIN, "waiting for " + String.join("; ", blockers));
                }
            } else if (limits.forceDrain()) {
                from.expel();
                return;
            } else {
                throw overBudget(
                        "drain", "clients did not finish their transactions", from.blockers());
            }
        }
    }

    private static Duration slice(long deadline) {
        Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
        return left.compareTo(DRAIN_SLICE) < 0 ? left : DRAIN_SLICE;
    }

    private void lockTables(FromSide from, long deadline) {
        while (!from.tryLockTables()) {
            from.drain(slice(deadline));
            boolean late = System.nanoTime() > deadline;
            if (limits.forceDrain()
                    && System.nanoTime() < deadline + Duration.ofSeconds(3).toNanos()) {
                from.expel();
            } else if (late) {
                throw overBudget("fence", "the tables could not be locked", from.blockers());
            }
        }
    }

    private ProblemException overBudget(String what, String why, List<String> blockers) {
        return new Problem(
                        ExitStatus.ABORTED,
                        what + "-timeout",
                        why + " within " + limits.drain().toMillis() + " ms",
                        blockers.isEmpty() ? "" : "waited for " + String.join("; ", blockers),
                        "Wait for them or end them, or allow more time with --drain-timeout, or end"
                                + " them with --force-drain; then run the same command again.")
                .toException();
    }

    private void await(FromSide from, ToSide to, String kind, Session reader) {
        String nonce = nonce(kind);
        from.send(nonce);
        awaitMark(mark -> to.has(reader, mark), nonce);
    }

    private void awaitMark(Predicate<String> arrived, String nonce) {
        long deadline = System.nanoTime() + limits.catchUp().toNanos();
        while (!arrived.test(nonce)) {
            if (System.nanoTime() > deadline) {
                throw new Problem(
                                ExitStatus.ABORTED,
                                "catch-up-timeout",
                                "the "
                                        + task.toSide()
                                        + " server had not every change within "
                                        + limits.catchUp().toMillis()
                                        + " ms",
                                "a mark sent through replication did not arrive",
                                "relevo status shows the lag and any error of replication; allow more"
                                        + " time with --catch-up-timeout.")
                        .toException();
            }
            pause(Duration.ofMillis(1));
        }
    }

    /**
     * Past the commit point nothing is undone: if this fails, the fenced mark opens the side
     * instead.
     */
    private void open(ToSide to) {
        try {
            to.commit();
        } catch (PgException e) {
            new Resolution(task).awaitOpen(limits.catchUp().plusSeconds(20), e);
        }
    }

    /** The clients are on the other side; what is left is to leave order behind. */
    private void settle(FromSide from, ToSide to) {
        watch.step(
                Step.TIDY,
                () -> {
                    try {
                        from.deadMan.release();
                        to.deadMan.release();
                        from.expel();
                        directions.dropForward();
                    } catch (PgException | ProblemException e) {
                        throw new Problem(
                                        ExitStatus.FAILED,
                                        "not-tidied",
                                        "the "
                                                + task.toSide()
                                                + " server serves, but not everything could be tidied up",
                                        String.valueOf(e.getMessage()),
                                        "Run the same command again: it only tidies up.")
                                .toException(e);
                    }
                });
    }

    private static String nonce(String kind) {
        return kind + UUID.randomUUID();
    }

    private static void pause(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Problem(ExitStatus.INTERRUPTED, "interrupted", "interrupted", "", "")
                    .toException(e);
        }
    }
}
