package dev.relevo.handover;

import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.util.UUID;

/**
 * A row that travels through replication: when it has arrived, so has everything that committed
 * before it.
 *
 * @param id its first letter says what it asks for, see {@code marks.sql}
 */
record Mark(String id) {
    static Mark warmUp() {
        return new Mark("w" + UUID.randomUUID());
    }

    /** Asks for nothing. */
    static Mark behind() {
        return new Mark("o" + UUID.randomUUID());
    }

    static Mark barrier() {
        return new Mark("b" + UUID.randomUUID());
    }

    static Mark fenced() {
        return new Mark("f" + UUID.randomUUID());
    }

    /** What to say when it cannot arrive as long as clients wait. */
    static ProblemException lost(Task task) {
        return new Problem(
                        ExitStatus.ABORTED,
                        "replication-broke",
                        "replication to the "
                                + task.to()
                                + " server broke off while clients waited",
                        "an apply worker has ended; the next one would wait at the gate, like clients",
                        "Run the same command again; relevo status shows any error of replication.")
                .toException();
    }

    /** What to say when it did not arrive within {@link Limits#catchUp()}. */
    static ProblemException overdue(Task task, Limits limits) {
        return new Problem(
                        ExitStatus.ABORTED,
                        "catch-up-timeout",
                        "the "
                                + task.to()
                                + " server had not every change within "
                                + limits.catchUp().toMillis()
                                + " ms",
                        "a mark sent through replication did not arrive",
                        "relevo status shows the lag and any error of replication; allow more"
                                + " time with --catch-up-timeout.")
                .toException();
    }
}
