package dev.relevo.handover;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks one side again and again whether it is there, in a session of its own, on a thread of its
 * own.
 *
 * <p>A network that goes silent tells nobody: whoever reads from it waits for hours. The servers
 * end the sessions of a silent coordinator after some five seconds ({@link HandoverSession}); the
 * coordinator has to know earlier, so that {@code from} is writable before {@code to} closes
 * itself. An answer may come two seconds late: that is no reason to undo anything.
 *
 * <p>What it asks names nothing, so it is answered behind the gate too; and needs no lock and no
 * disk.
 */
final class Pulse implements AutoCloseable {
    static final Duration SILENCE = Duration.ofSeconds(2);
    private static final Duration INTERVAL = Duration.ofMillis(300);

    private final Endpoint endpoint;
    private final Session session;
    private volatile boolean closing;
    private volatile boolean silent;
    private @Nullable Thread thread;

    private Pulse(Endpoint endpoint, Session session) {
        this.endpoint = endpoint;
        this.session = session;
    }

    /** Opens the session. It asks nothing more until {@link #start}. */
    static Pulse open(Endpoint endpoint) {
        Session session = HandoverSession.open(endpoint, "switch pulse", Map.of());
        Pulse pulse = new Pulse(endpoint, session);
        try {
            pulse.ask(); // once before anything is locked
            session.limitAnswers(SILENCE);
            return pulse;
        } catch (RuntimeException e) {
            session.close();
            throw e;
        }
    }

    int pid() {
        return session.pid();
    }

    /**
     * Begins to ask.
     *
     * @param lost is told once, on the pulse's own thread, why the side counts as lost
     */
    void start(Consumer<String> lost) {
        thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("relevo-pulse " + endpoint.display())
                        .start(() -> work(lost));
    }

    private void work(Consumer<String> lost) {
        try {
            while (!closing) {
                ask();
                LockSupport.parkNanos(INTERVAL.toNanos());
            }
        } catch (PgException e) {
            if (!closing) {
                silent = e.isSilence();
                lost.accept(silent ? e.getMessage() : endpoint.display() + ": " + e.getMessage());
            }
        }
    }

    private void ask() {
        session.execute("SELECT 1");
    }

    /** Whether it was lost without a word. */
    boolean isSilent() {
        return silent;
    }

    /** Asks no more. */
    void stop() {
        closing = true;
    }

    @Override
    public void close() {
        stop();
        Thread asking = thread;
        if (asking != null) {
            LockSupport.unpark(asking);
            try {
                asking.join(SILENCE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        session.close();
    }
}
