package dev.relevo.cli.output;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Hands everything to another thread, in order. A terminal that was stopped with Ctrl-S, or a pipe
 * nobody reads, must not hold up a handover while the clients wait.
 */
public final class Background<T> implements Consumer<T>, AutoCloseable {
    private static final long PATIENCE_MS = 2_000;

    private final BlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
    private final Consumer<T> target;
    private final Thread thread;
    private volatile boolean closing;

    public Background(Consumer<T> target) {
        this.target = target;
        this.thread = Thread.ofPlatform().daemon().name("relevo-progress").start(this::drain);
    }

    @Override
    public void accept(T event) {
        queue.add(() -> target.accept(event));
    }

    private void drain() {
        try {
            while (!closing || !queue.isEmpty()) {
                Runnable next = queue.poll(50, TimeUnit.MILLISECONDS);
                if (next != null) {
                    next.run();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until all is written, but not for ever. */
    @Override
    public void close() {
        closing = true;
        queue.add(() -> {});
        try {
            thread.join(PATIENCE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
