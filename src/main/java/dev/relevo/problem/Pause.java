package dev.relevo.problem;

import java.time.Duration;

/** The interval between two looks at a condition on a server; Ctrl-C ends it. */
public final class Pause {
    private Pause() {}

    /**
     * Waits.
     *
     * @throws ProblemException with status INTERRUPTED
     */
    public static void of(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** What to throw when a wait was interrupted; the thread stays so. */
    public static ProblemException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new Problem(
                        ExitStatus.INTERRUPTED,
                        "interrupted",
                        "interrupted while waiting for a server",
                        "",
                        "Run the same command again; it goes on from where the servers stand.")
                .toException(e);
    }
}
