package dev.relevo.lab;

import java.time.Instant;

/**
 * Clients at work: pgbench's TPC-B transaction, again and again, against whichever of several
 * servers accepts writes.
 */
public sealed interface Load extends AutoCloseable permits PgbenchLoad, JdbcLoad {

    /** Starts a load of the lab's. One load for one data set: see {@link Tally}. */
    static Load start(LoadKind kind, Lab lab, LoadSettings settings) {
        return switch (kind) {
            case PGBENCH -> PgbenchLoad.start(lab, settings);
            case JDBC -> JdbcLoad.start(settings, new DirectConnections(settings));
            case POOL -> JdbcLoad.start(settings, new PooledConnections(settings));
        };
    }

    /** How many transactions have ended so far; pgbench tells with a delay of some seconds. */
    Counters counters();

    /** What clients waited, so far; pgbench tells with a delay of some seconds. */
    Latencies latencies();

    /**
     * The longest a client waited for a transaction, connecting included, among those that were
     * under way at any time from {@code from} to {@code to}; 0 when there were none.
     */
    default double longestMs(Instant from, Instant to) {
        return latencies().longestMs(from, to);
    }

    /** Lets each client end its transaction, then sums up. The second call returns the first's. */
    LoadReport stop();

    /** As {@link #stop}, for when nobody wants to know. */
    @Override
    void close();
}
