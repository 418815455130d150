package dev.relevo.handover;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * A wait that goes on, in a session of its own, while others work.
 *
 * <p>Put together before it begins, as everything is that runs while clients wait.
 *
 * @param <T> what it ends with
 */
final class Background<T> {
    private final Function<BooleanSupplier, T> work;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private volatile boolean begun;
    private volatile boolean givenUp;

    /**
     * Does not begin yet.
     *
     * @param work is told when nobody is interested any more, and ends soon then, in whatever way
     */
    Background(Function<BooleanSupplier, T> work) {
        this.work = work;
    }

    /** Begins, and returns at once. */
    void begin() {
        begun = true;
        Both.thread(() -> {
            try {
                result.complete(work.apply(() -> givenUp));
            } catch (RuntimeException | Error e) {
                result.completeExceptionally(e);
            }
        });
    }

    /** Waits for its end; throws what it threw. */
    T await() {
        try {
            return result.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** Returns when it has ended, or at once when it never began. */
    void giveUp() {
        givenUp = true;
        if (begun) {
            result.handle((_, _) -> true).join();
        }
    }
}
