package dev.relevo.handover;

import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.time.Duration;

/** Waiting that Ctrl-C ends. */
final class Pause {
    private Pause() {}

    static void of(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Problem(ExitStatus.INTERRUPTED, "interrupted", "interrupted", "", "")
                    .toException(e);
        }
    }
}
