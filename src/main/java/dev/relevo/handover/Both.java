package dev.relevo.handover;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** Two things that do not depend on one another, at the same time, while clients wait. */
final class Both {
    private Both() {}

    /** Not a virtual one: those share a few carriers with whatever else this process does. */
    private static void thread(Runnable work) {
        Thread.ofPlatform().daemon().start(work);
    }

    /**
     * Runs {@code there} on a thread of its own and {@code here} on this one, and returns when both
     * have ended. They must not use the same session.
     *
     * @throws RuntimeException what either threw; if both did, that of {@code there} is suppressed
     */
    static void run(Runnable there, Runnable here) {
        CompletableFuture<Boolean> other =
                begin(() -> {
                    there.run();
                    return true;
                });
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
        var _ = await(other);
    }

    /** Begins {@code work} on a thread of its own, in a session that nobody else uses meanwhile. */
    static <T> CompletableFuture<T> begin(Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, Both::thread);
    }

    /** Waits for the end of what was begun; throws what it threw. */
    static <T> T await(CompletableFuture<T> begun) {
        try {
            return begun.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }
}
