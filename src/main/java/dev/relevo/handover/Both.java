package dev.relevo.handover;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Two things that do not depend on one another, at the same time, while clients wait. */
final class Both {
    private Both() {}

    /** Not a virtual one: those share a few carriers with whatever else this process does. */
    static void thread(Runnable work) {
        Thread.ofPlatform().daemon().start(work);
    }

    /**
     * Runs {@code there} on a thread of its own and {@code here} on this one, and returns when both
     * have ended. They must not use the same session.
     *
     * @throws RuntimeException what either threw; if both did, that of {@code there} is suppressed
     */
    static void run(Runnable there, Runnable here) {
        CompletableFuture<?> other = CompletableFuture.runAsync(there, Both::thread);
        try {
            here.run();
        } catch (RuntimeException | Error e) {
            try {
                other.join();
            } catch (CompletionException f) {
                e.addSuppressed(f.getCause());
            }
            throw e;
        }
        try {
            other.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }
}
