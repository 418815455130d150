package dev.relevo.torture;

import java.util.Locale;

/** The kinds of clients; a round has all of them, or those of {@code --clients}. */
enum ClientKind {
    /** The real pgbench, which connects for each transaction. */
    PGBENCH(0),
    /** libpq from Python: connections that last. */
    PSYCOPG(10),
    /** HikariCP: connections that last, in a pool. */
    POOL(20),
    /** pgjdbc, which connects for each transaction. */
    CONNECT(30),
    /**
     * Sets default_transaction_read_only=off in its start-up packet, so that it finds any side
     * writable.
     */
    HOSTILE(40),
    /** Draws from a sequence, by itself and within transactions. */
    DRAWS(50),
    /** Keeps its transactions open for long. */
    LONG(60),
    /** Reads in every isolation level, and by COPY. */
    READS(70);

    /**
     * What is added to a round's number to get that of the first client of this kind; ten are kept.
     */
    final int first;

    ClientKind(int first) {
        this.first = first;
    }

    /** Whether a client is of this kind. */
    boolean has(int client) {
        return client % 1000 / 10 * 10 == first;
    }

    /** As it is written on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
