package dev.relevo.handover;

import dev.relevo.pg.Row;
import dev.relevo.pg.Session;
import java.sql.SQLException;

/**
 * A server's clock on the scale of ours ({@link System#nanoTime()}), right to half of the quickest
 * of a few round trips.
 *
 * @param ahead nanoseconds by which the server's clock, since 1970, is ahead of ours
 */
record ServerClock(long ahead) {
    private static final int SAMPLES = 5;

    static ServerClock of(Session session) {
        long quickest = Long.MAX_VALUE;
        long ahead = 0;
        for (int i = 0; i < SAMPLES; i++) {
            long asked = System.nanoTime();
            long there =
                    session.one(
                            "SELECT (extract(epoch FROM pg_catalog.clock_timestamp()) * 1e6)::int8 AS micros",
                            ServerClock::nanos);
            long trip = System.nanoTime() - asked;
            if (trip < quickest) {
                quickest = trip;
                ahead = there - (asked + trip / 2);
            }
        }
        return new ServerClock(ahead);
    }

    /**
     * When a backend last changed its state: that of an idle one is the end of what it did last.
     */
    long stateChange(Session session, int pid) {
        return session.one(
                        "SELECT (extract(epoch FROM a.state_change) * 1e6)::int8 AS micros"
                                + " FROM pg_catalog.pg_stat_activity a WHERE a.pid = ?",
                        ServerClock::nanos,
                        pid)
                - ahead;
    }

    /** A moment of the server's, in microseconds since 1970, on our scale. */
    long here(long micros) {
        return micros * 1000 - ahead;
    }

    private static long nanos(Row row) throws SQLException {
        return row.bigint("micros") * 1000;
    }
}
