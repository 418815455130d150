package dev.relevo.pg;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What this process waits for at a server for longer than a second: whom it waits for is told, and
 * a server that gives no answer for {@link Link#PATIENCE} is waited for no longer, however long the
 * statement may take by itself.
 *
 * <p>Neither TCP nor a time-out would do. A time-out cannot tell a long statement from a silent
 * network; keepalives are answered by whatever stands between, and do not count while something
 * that was sent is not acknowledged. So another session asks the server what the backend is doing.
 */
public final class LongStatements {
    private static final Duration LONG = Duration.ofSeconds(1);
    private static final Duration INTERVAL = Duration.ofMillis(250);

    private static final Set<Running> RUNNING = ConcurrentHashMap.newKeySet();
    private static final Map<String, Attention> SERVERS = new ConcurrentHashMap<>();
    private static final AtomicBoolean STARTED = new AtomicBoolean();
    private static volatile Consumer<String> listener = _ -> {};

    private LongStatements() {}

    /**
     * Does work, and tells meanwhile whom it waits for.
     *
     * @param told one line each, on a thread of its own
     */
    public static <T> T telling(Consumer<String> told, Supplier<T> work) {
        Consumer<String> before = listener;
        listener = told;
        try {
            return work.get();
        } finally {
            listener = before;
        }
    }

    /**
     * Says that a program of this machine works at a server: when that one is silent, it is ended.
     *
     * @param what for people, without secrets
     * @param end ends it
     */
    public static Running program(Endpoint endpoint, String what, Consumer<String> end) {
        return begin(new Running(endpoint, 0, what, Running.Kind.LOOKED_AT, end::accept));
    }

    /** Leaves everything that waits for a server, of which it is known that it is silent. */
    public static void abandon(Endpoint server, String why) {
        String place = place(server);
        RUNNING.stream()
                .filter(running -> place(running.endpoint()).equals(place))
                .forEach(running -> running.abandon(why));
    }

    static Running begin(Running running) {
        RUNNING.add(running);
        if (STARTED.compareAndSet(false, true)) {
            Thread.ofPlatform().daemon().name("relevo-long").start(LongStatements::watch);
        }
        return running;
    }

    static void ended(Running running) {
        RUNNING.remove(running);
    }

    static void tell(String line) {
        listener.accept(line);
    }

    static void forget(String place, Attention attention) {
        SERVERS.remove(place, attention);
    }

    private static void watch() {
        while (true) {
            for (Running running : RUNNING) {
                if (running.age().compareTo(LONG) < 0) {
                    continue;
                }
                running.untold().ifPresent(LongStatements::tell);
                if (running.isUnattended()) {
                    String place = place(running.endpoint());
                    SERVERS.compute(
                            place,
                            (_, attention) ->
                                    attention != null && attention.attend(running)
                                            ? attention
                                            : Attention.begin(place, running));
                }
            }
            LockSupport.parkNanos(INTERVAL.toNanos());
        }
    }

    private static String place(Endpoint endpoint) {
        return endpoint.host() + ':' + endpoint.port();
    }
}
