package dev.relevo.replication;

import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.time.Duration;

/** The interval between two looks at a condition on a server. */
final class Pause {
    private Pause() {}

    static void of(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    static ProblemException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new Problem(
                        ExitStatus.INTERRUPTED,
                        "interrupted",
                        "interrupted while waiting for a server",
                        "",
                        "Run the same command again; it goes on where it was.")
                .toException(e);
    }
}
