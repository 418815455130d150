package dev.relevo.copy;

import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.time.Duration;

/** The interval between two looks at a condition on a server. */
final class Pause {
    private Pause() {}

    static void of(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Problem(
                            ExitStatus.INTERRUPTED,
                            "interrupted",
                            "interrupted during the copy",
                            "",
                            "Run the same command again; it goes on where it was.")
                    .toException(e);
        }
    }
}
