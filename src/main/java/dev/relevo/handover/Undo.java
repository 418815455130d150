package dev.relevo.handover;

import dev.relevo.pg.PgException;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.time.Duration;

/**
 * Undoes a handover that did not reach its commit point, or finds out that it did.
 *
 * <p>The order matters: first {@code from} writes again, then {@code to} is closed, then the gate
 * opens on clients that get an error. At no moment can two sides be written to.
 */
final class Undo {
    private final Task task;
    private final FromSide from;
    private final ToSide to;
    private final Directions directions;

    Undo(Task task, FromSide from, ToSide to, Directions directions) {
        this.task = task;
        this.from = from;
        this.to = to;
        this.directions = directions;
    }

    /** Undoes, and returns what to throw. */
    ProblemException because(RuntimeException cause) {
        from.rollback();
        // The dead-man of from waits for the outcome of a COMMIT that may still be under way, and
        // resets.
        from.deadMan.release();
        Resolution resolution = new Resolution(task);
        boolean committed = resolution.wasCommitted(Duration.ofSeconds(30), cause);
        if (!committed) {
            try {
                to.readOnly();
            } catch (PgException e) {
                cause.addSuppressed(e);
            }
        }
        to.rollback();
        to.deadMan.release();
        if (committed) {
            resolution.awaitOpen(Duration.ofSeconds(30), cause);
            return new Problem(
                            ExitStatus.FAILED,
                            "handed-over-untidily",
                            "the "
                                    + task.toSide()
                                    + " server serves, but the coordinator lost its sessions at the"
                                    + " commit point",
                            String.valueOf(cause.getMessage()),
                            "Run the same command again: it only tidies up.")
                    .toException(cause);
        }
        resolution.restore(cause);
        try {
            directions.dropWayBack();
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
        }
        return explain(cause);
    }

    private ProblemException explain(RuntimeException cause) {
        String served = "the " + task.fromSide() + " server serves as before; nothing is lost";
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
                        "Mend the cause, then run the same command again.")
                .toException(cause);
    }
}
