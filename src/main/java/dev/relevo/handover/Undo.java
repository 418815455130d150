package dev.relevo.handover;

import dev.relevo.pg.PgException;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.time.Duration;

/**
 * Undoes a handover that did not reach its commit point, or finds out that it did.
 *
 * <p>The order matters: first {@code from} writes again, for certain; then the gate's transaction
 * ends, upon which the watchdog closes {@code to} and ends the sessions of its clients, and the
 * keeper opens the gate. At no moment can two sides be written to, and at none are both read-only.
 */
final class Undo {
    /** So long the side that does not serve is waited for, to be closed before we go. */
    private static final Duration COURTESY = Duration.ofSeconds(10);

    /** A server that crashed does not close itself, but may be back by then. */
    private static final Duration RECOVERY = Duration.ofSeconds(30);

    private final Task task;
    private final Limits limits;
    private final FromSide from;
    private final ToSide to;
    private final Directions directions;
    private final Pulses pulses;

    Undo(Task task, Limits limits, FromSide from, ToSide to, Directions directions, Pulses pulses) {
        this.task = task;
        this.limits = limits;
        this.from = from;
        this.to = to;
        this.directions = directions;
        this.pulses = pulses;
    }

    /** Undoes, and returns what to throw. */
    ProblemException because(RuntimeException cause) {
        from.rollback();
        // The dead-man of from waits for the outcome of a COMMIT that may still be under way, and
        // resets.
        from.deadMan.release();
        Resolution resolution = new Resolution(task);
        boolean committed = resolution.wasCommitted(limits.resolution(), cause);
        if (!committed) {
            // Before the other side is closed, whoever has to do it: one of the two is always
            // writable.
            resolution.reopen(limits.resolution(), cause);
        }
        to.rollback();
        to.deadMan.release();
        if (committed) {
            resolution.awaitOpen(Duration.ofSeconds(30), cause);
            return new Problem(
                            ExitStatus.FAILED,
                            "handed-over-untidily",
                            "the "
                                    + task.to()
                                    + " server serves, but the coordinator lost its sessions at the"
                                    + " commit point",
                            String.valueOf(cause.getMessage()),
                            "Run the same command again: it only tidies up.")
                    .toException(cause);
        }
        boolean silent = pulses.isToSilent();
        if (resolution.close(silent ? COURTESY : RECOVERY, cause)) {
            try {
                directions.dropWayBack();
            } catch (RuntimeException e) {
                cause.addSuppressed(e);
            }
            return explain(cause, "");
        }
        if (silent) {
            return explain(
                    cause, "; the " + task.to() + " server does not answer, and closes itself");
        }
        return new Problem(
                        ExitStatus.FAILED,
                        "not-closed",
                        "the handover was undone, but the "
                                + task.to()
                                + " server could not be closed",
                        cause.getMessage()
                                + "; the "
                                + task.from()
                                + " server serves as before; nothing is lost",
                        "When that server is back, run the same command again: it closes it first.")
                .toException(cause);
    }

    private ProblemException explain(RuntimeException cause, String more) {
        String served = "the " + task.from() + " server serves as before; nothing is lost" + more;
        if (cause instanceof ProblemException known) {
            Problem problem = known.problem();
            return new Problem(
                            ExitStatus.ABORTED,
                            problem.code(),
                            problem.message(),
                            (problem.detail().isEmpty() ? "" : problem.detail() + "; ") + served,
                            problem.hint())
                    .toException(cause);
        }
        String where =
                cause instanceof PgException error ? " at " + error.endpoint().display() : "";
        return new Problem(
                        ExitStatus.ABORTED,
                        "handover-undone",
                        "the handover was undone",
                        cause.getMessage() + where + "; " + served,
                        "Fix the cause, then run the same command again.")
                .toException(cause);
    }
}
