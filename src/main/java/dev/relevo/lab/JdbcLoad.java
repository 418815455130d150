package dev.relevo.lab;

import dev.relevo.pg.SqlState;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * pgbench's transaction over pgjdbc. Each transaction has a name, so that a lost one and a doubled
 * one are found even when both happen.
 *
 * <p>After an error a client goes on, with a new transaction and, where connections persist, with
 * whatever connection its pool then gives it.
 */
public final class JdbcLoad implements Load {
    /** So that clients do not spin while no server can be reached. */
    private static final long PAUSE_AFTER_ERROR_NANOS = 20_000_000;

    private static final int COMPLAINTS = 20;

    private final ClientConnections connections;
    private final TpcB transaction;
    private final String run =
            Integer.toString(ThreadLocalRandom.current().nextInt(60_000_000), 36);
    private final Latencies latencies = new Latencies();
    private final AtomicLong committed = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong unknown = new AtomicLong();
    private final Set<String> complaints = new ConcurrentSkipListSet<>();
    private final List<BitSet> acknowledged = new ArrayList<>();
    private final List<Thread> clients = new ArrayList<>();
    private final long deadline;
    private final long thinkNanos;
    private volatile boolean stopping;
    private @Nullable LoadReport report;

    /**
     * The clients stand for other machines, so they take what the servers and the handover leave of
     * this one's processors: where the JVM is allowed to say so, see bin/relevo.
     */
    @SuppressWarnings("ThreadPriorityCheck")
    private JdbcLoad(LoadSettings settings, ClientConnections connections, TpcB transaction) {
        this.connections = connections;
        this.transaction = transaction;
        this.deadline = System.nanoTime() + settings.time().toNanos();
        this.thinkNanos = settings.think().toNanos();
        for (int i = 0; i < settings.clients(); i++) {
            int client = i;
            BitSet own = new BitSet();
            acknowledged.add(own);
            clients.add(
                    Thread.ofPlatform()
                            .daemon()
                            .priority(Thread.MIN_PRIORITY)
                            .name("relevo-load-" + client)
                            .unstarted(() -> work(client, own)));
        }
    }

    static JdbcLoad start(LoadSettings settings, ClientConnections connections) {
        try (Connection connection = connections.open()) {
            JdbcLoad load = new JdbcLoad(settings, connections, TpcB.of(connection));
            load.clients.forEach(Thread::start);
            return load;
        } catch (SQLException e) {
            connections.close();
            throw new Problem(
                            ExitStatus.CONNECTION,
                            "load-start",
                            "the load cannot start",
                            Objects.requireNonNullElse(e.getMessage(), e.toString()),
                            "")
                    .toException(e);
        }
    }

    private void work(int client, BitSet own) {
        for (int number = 0; !stopping && System.nanoTime() < deadline; number++) {
            long begin = System.nanoTime();
            boolean done = transaction(Acknowledged.Named.name(run, client, number));
            long micros = (System.nanoTime() - begin) / 1000;
            latencies.record(Latencies.micros(Instant.now()), micros);
            if (done) {
                own.set(number);
                LockSupport.parkNanos(thinkNanos);
            } else {
                LockSupport.parkNanos(PAUSE_AFTER_ERROR_NANOS);
            }
        }
    }

    /** Whether the server said that the transaction is committed. */
    private boolean transaction(String name) {
        boolean commitSent = false;
        boolean answered = false;
        try (Connection connection = connections.open()) {
            transaction.run(connection, name);
            commitSent = true;
            connection.commit();
            answered = true;
        } catch (SQLException e) {
            if (!answered) {
                String state = Objects.requireNonNullElse(e.getSQLState(), "");
                boolean silent = commitSent && SqlState.isConnectionLost(state);
                (silent ? unknown : failed).incrementAndGet();
                complain(
                        (silent ? "COMMIT without an answer: " : "")
                                + state
                                + " "
                                + e.getMessage());
                return false;
            }
        }
        // An error in closing the connection does not undo what was committed.
        committed.incrementAndGet();
        return true;
    }

    private void complain(String what) {
        if (complaints.size() < COMPLAINTS) {
            complaints.add(what);
        }
    }

    @Override
    public Counters counters() {
        return new Counters(committed.get(), failed.get(), unknown.get());
    }

    @Override
    public Latencies latencies() {
        return latencies;
    }

    @Override
    public synchronized LoadReport stop() {
        if (report == null) {
            stopping = true;
            try {
                for (Thread client : clients) {
                    client.join();
                }
            } catch (InterruptedException e) {
                throw Command.interrupted(e);
            }
            connections.close();
            report =
                    new LoadReport(
                            counters(),
                            new Acknowledged.Named(run, acknowledged),
                            latencies,
                            List.copyOf(complaints));
        }
        return report;
    }

    /** Does not wait: the clients, daemons, end with their present transaction. */
    @Override
    public void close() {
        stopping = true;
        connections.close();
    }
}
