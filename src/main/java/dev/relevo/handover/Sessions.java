package dev.relevo.handover;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What belongs to one side: opened one by one, closed together, also when one cannot be opened. */
final class Sessions implements AutoCloseable {
    private final Queue<Runnable> closings = new ArrayDeque<>();

    /** Opens one more; if that fails, closes the ones before. */
    <T> T open(Supplier<T> opening, Consumer<T> closing) {
        try {
            T opened = opening.get();
            closings.add(() -> closing.accept(opened));
            return opened;
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** Closes them, the first one first: what holds a transaction is opened before the dead-man. */
    @Override
    public void close() {
        while (!closings.isEmpty()) {
            closings.remove().run();
        }
    }
}
