package dev.relevo.handover;

import dev.relevo.pg.Lsn;
import dev.relevo.pg.PgException;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.List;

/**
 * The part of a handover in which clients wait, from read-only on {@code from} to open on {@code
 * to}.
 *
 * <p>All of it is put together before it begins: the first use of a class or of a lambda expression
 * costs the JVM up to a millisecond, and clients would wait for that too.
 */
final class Hold {
    private static final Duration DRAIN_SLICE = Duration.ofMillis(250);

    private final FromSide from;
    private final ToSide to;
    private final Task task;
    private final Limits limits;
    private final Directions directions;
    private final Stopwatch watch;
    private final Pulses pulses;
    private final List<Lap> laps;
    private long deadline;
    private List<FromSide.SequenceValue> sequences = List.of();
    private boolean opened;
    private Lsn wayBackStart = new Lsn(0);

    private record Lap(Step step, Runnable work) {}

    Hold(
            FromSide from,
            ToSide to,
            Task task,
            Limits limits,
            Directions directions,
            Stopwatch watch,
            Pulses pulses,
            Mark fenced) {
        this.from = from;
        this.to = to;
        this.task = task;
        this.limits = limits;
        this.directions = directions;
        this.watch = watch;
        this.pulses = pulses;
        this.laps = laps(Mark.barrier(), fenced);
    }

    private List<Lap> laps(Mark barrier, Mark fenced) {
        Runnable expelAndSend = () -> from.expelAndSend(barrier);
        Runnable fence =
                () -> sequences = from.raiseFences(directions.wayBackSubscriptions(), fenced);
        return List.of(
                new Lap(Step.READ_ONLY, from::readOnly),
                new Lap(Step.STARTING, from::awaitStarting),
                new Lap(Step.DRAIN, this::drain),
                new Lap(Step.LOCKS, this::lockTables),
                new Lap(
                        Step.FENCE,
                        () -> {
                            // It waits for the mark inside the other server, and is told at once.
                            to.beginBarrier(barrier, directions, limits);
                            Both.run(expelAndSend, fence);
                        }),
                new Lap(Step.BARRIER, () -> wayBackStart = to.awaitBarrier()),
                new Lap(Step.SEQUENCES, () -> to.setSequences(sequences)),
                new Lap(Step.COMMIT_POINT, this::commit),
                new Lap(Step.OPEN, this::open));
    }

    /** Every line that runs here is time that clients wait. */
    void run() {
        requireDeadMen();
        deadline = System.nanoTime() + limits.drain().toNanos();
        for (Lap lap : laps) {
            pulses.require();
            watch.step(lap.step, lap.work);
        }
    }

    /** Sets right when the other side opened; asked afterwards, since nobody should wait for it. */
    void noteOpening() {
        if (opened) {
            watch.ended(Step.OPEN, to.openedAt());
        }
    }

    private void requireDeadMen() {
        from.deadMan.requireArmed();
        to.deadMan.requireArmed();
        to.keeper.requireWaiting();
    }

    private void drain() {
        while (from.drain(slice()) > 0) {
            pulses.require();
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

    private Duration slice() {
        Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
        return left.compareTo(DRAIN_SLICE) < 0 ? left : DRAIN_SLICE;
    }

    private void lockTables() {
        while (!from.tryLockTables()) {
            pulses.require();
            from.drain(slice());
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

    /**
     * If the answer does not come, nobody knows whether the COMMIT got there: both servers are
     * asked, and whichever answers first settles it. The gate stays shut meanwhile.
     */
    private void commit() {
        requireDeadMen();
        try {
            from.commit(directions.wayBackSubscriptions(), wayBackStart);
        } catch (PgException e) {
            if (!e.isConnectionLost()
                    || !new Resolution(task)
                            .reachedCommitPoint(
                                    () -> to.hasBeenTold(directions.forwardSubscriptions()),
                                    limits.resolution(),
                                    e)) {
                throw e;
            }
        }
        pulses.beyondCommitPoint();
    }

    /**
     * Past the commit point nothing is undone: if this fails, the fenced mark opens the side
     * instead.
     */
    private void open() {
        try {
            to.commit();
            opened = true;
        } catch (PgException e) {
            new Resolution(task).awaitOpen(limits.catchUp().plusSeconds(20), e);
        }
    }
}
