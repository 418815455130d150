package dev.relevo.handover;

import dev.relevo.pg.LongStatements;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import org.jspecify.annotations.Nullable;

/**
 * Notices during a handover that a server has gone, above all silently, and gives up everything
 * that would wait for it.
 *
 * <p>If it is {@code to}, before the commit point, then {@code from} is given back at once by its
 * own dead-man, as if this process had died: {@code to} closes itself some seconds later, and at no
 * moment both are read-only. If it is {@code from}, its dead-man gives it back when it notices the
 * same; until then clients wait at the gate of {@code to}.
 */
final class Pulses {
    private final Task task;
    private final FromSide from;
    private final ToSide to;
    private volatile @Nullable String lost;
    private volatile boolean beyond;

    Pulses(Task task, FromSide from, ToSide to) {
        this.task = task;
        this.from = from;
        this.to = to;
    }

    void start() {
        from.pulse.start(this::lostFrom);
        to.pulse.start(this::lostTo);
    }

    /** The commit point is reached: from here on nothing is undone. */
    synchronized void beyondCommitPoint() {
        beyond = true;
    }

    /** Nobody minds silence any more. */
    void stop() {
        from.pulse.stop();
        to.pulse.stop();
    }

    private void lostFrom(String why) {
        lost = why;
        from.abandon(why);
        to.interrupt();
        LongStatements.abandon(task.from().endpoint(), why);
    }

    private synchronized void lostTo(String why) {
        lost = why;
        to.abandon(why);
        if (!beyond) {
            from.deadMan.letGo(why);
        }
        LongStatements.abandon(task.to().endpoint(), why);
    }

    /** Whether {@code to} says nothing any more: then it closes itself. */
    boolean isToSilent() {
        return to.pulse.isSilent();
    }

    /** Fails when a server is lost, before the commit point. */
    void require() {
        if (lost != null && !beyond) {
            throw problem(null);
        }
    }

    /** What to tell as the cause of {@code error}: the silence, if there is one. */
    RuntimeException cause(RuntimeException error) {
        return lost == null ? error : problem(error);
    }

    private ProblemException problem(@Nullable RuntimeException error) {
        String why = String.valueOf(lost);
        return new Problem(
                        ExitStatus.ABORTED,
                        from.pulse.isSilent() || to.pulse.isSilent()
                                ? "server-silent"
                                : "server-lost",
                        why,
                        "a handover from the %s to the %s server cannot go on without it"
                                .formatted(task.from(), task.to()),
                        "Check that server and the network between, then run the same command"
                                + " again.")
                .toException(error);
    }
}
