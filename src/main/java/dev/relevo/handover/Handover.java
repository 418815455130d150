package dev.relevo.handover;

import dev.relevo.pg.PgException;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Pause;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

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
            Pulses pulses = new Pulses(task, from, to);
            Hold hold;
            try {
                pulses.start();
                Mark fenced = Mark.fenced();
                prepare(from, to, fenced);
                hold = new Hold(from, to, task, limits, directions, watch, pulses, fenced);
                hold.run();
            } catch (RuntimeException e) {
                if (Resolution.isUnknown(e)) {
                    throw e;
                }
                throw new Undo(task, limits, from, to, directions, pulses).because(pulses.cause(e));
            }
            settle(from, to, hold);
            return watch.report(task.from().side().label(), task.to().side().label());
        }
    }

    /** Nobody is held up by anything here, and all of it may be undone or done again. */
    private void prepare(FromSide from, ToSide to, Mark fenced) {
        List<FromSide.SequenceValue> sequences = new ArrayList<>();
        watch.step(Step.WAY_BACK, directions::prepareWayBack);
        watch.step(
                Step.QUIET,
                () -> {
                    Both.run(
                            from::warmUpFree,
                            () -> from.warmUpHeld(directions.wayBackSubscriptions()));
                    sequences.addAll(from.beginQuiet());
                });
        watch.step(Step.CLOSE, to::closeSchemas);
        watch.step(
                Step.WARM_UP,
                () -> {
                    Mark mark = Mark.warmUp();
                    from.send(mark);
                    to.await(to.free(), mark, directions, limits);
                    to.noteWorkers(directions.forwardSubscriptions());
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
                    to.beginQuiet(directions.forwardSubscriptions(), sequences);
                    to.quietCatalogs();
                });
        watch.step(Step.GATE, () -> to.shut(GATE_PATIENCE, fenced));
        watch.step(
                Step.OVERLAP,
                () -> {
                    to.readWrite();
                    Pause.of(limits.overlap());
                    // What has been written there since the slot was made is skipped now, not while
                    // clients wait.
                    Mark mark = Mark.behind();
                    from.send(mark);
                    to.await(mark, directions, limits);
                });
    }

    /** The clients are on the other side; what is left is to leave order behind. */
    private void settle(FromSide from, ToSide to, Hold hold) {
        watch.step(
                Step.TIDY,
                () -> {
                    try {
                        hold.noteOpening();
                        to.keeper.await(Duration.ofSeconds(5));
                        from.deadMan.release();
                        to.deadMan.release();
                        from.expel();
                        directions.dropForward();
                    } catch (PgException | ProblemException e) {
                        throw new Problem(
                                        ExitStatus.FAILED,
                                        "not-tidied",
                                        "the "
                                                + task.to()
                                                + " server serves, but not everything could be tidied up",
                                        String.valueOf(e.getMessage()),
                                        "Run the same command again: it only tidies up.")
                                .toException(e);
                    }
                });
    }
}
