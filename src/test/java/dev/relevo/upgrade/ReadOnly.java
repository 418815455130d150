package dev.relevo.upgrade;

import dev.relevo.catalog.Side;
import dev.relevo.lab.LabServer;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Looks all the time, from another database, whether both sides are read-only by default: then a
 * client with several hosts finds none.
 */
final class ReadOnly implements AutoCloseable {
    private static final String QUERY =
            "SELECT FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase"
                    + " WHERE s.setrole = 0 AND d.datname = '"
                    + LabServer.APPLICATION
                    + "' AND 'default_transaction_read_only=on' = ANY (s.setconfig)";

    private final Session old;
    private final Session fresh;
    private final Thread thread;
    private final Map<Side, AtomicLong> longest =
            Map.of(Side.OLD, new AtomicLong(), Side.NEW, new AtomicLong());
    private final AtomicLong longestOfBoth = new AtomicLong();
    private volatile boolean stopping;

    private ReadOnly(Ground ground) {
        old = ground.superuser(Side.OLD).withDatabase("postgres").open("look");
        fresh = ground.superuser(Side.NEW).withDatabase("postgres").open("look");
        thread = Thread.ofPlatform().daemon().name("read-only").unstarted(this::work);
    }

    static ReadOnly watch(Ground ground) {
        ReadOnly readOnly = new ReadOnly(ground);
        readOnly.thread.start();
        return readOnly;
    }

    private void work() {
        try {
            look();
        } catch (PgException e) {
            assert e.isConnectionLost() : e; // a server that crashes on purpose
        }
    }

    private void look() {
        Map<Side, Long> since = new EnumMap<>(Side.class);
        while (!stopping) {
            long now = System.nanoTime();
            look(Side.OLD, old, since, now);
            look(Side.NEW, fresh, since, now);
            if (since.size() == 2) {
                long both = Collections.max(since.values());
                longestOfBoth.accumulateAndGet(now - both, Math::max);
            }
            LockSupport.parkNanos(10_000_000);
        }
    }

    private void look(Side side, Session session, Map<Side, Long> since, long now) {
        if (session.exists(QUERY)) {
            long begun = since.computeIfAbsent(side, _ -> now);
            Objects.requireNonNull(longest.get(side)).accumulateAndGet(now - begun, Math::max);
        } else {
            since.remove(side);
        }
    }

    /** For how long both were at a stretch, at most. */
    Duration both() {
        return Duration.ofNanos(longestOfBoth.get());
    }

    /** For how long one was at a stretch, at most. */
    Duration of(Side side) {
        return Duration.ofNanos(Objects.requireNonNull(longest.get(side)).get());
    }

    @Override
    public void close() {
        stopping = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        old.close();
        fresh.close();
    }
}
