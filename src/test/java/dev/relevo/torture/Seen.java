package dev.relevo.torture;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * What the clients of one round did and were told. Instants are of the machine's monotonic clock,
 * in nanoseconds, the same in every process.
 */
final class Seen {
    /** What a client knows of its COMMIT. */
    enum Outcome {
        COMMITTED,
        /** It was told so, or never asked for a COMMIT. */
        NOT_COMMITTED,
        UNKNOWN
    }

    /** Which transaction: each client numbers its own. */
    record Tx(int client, int number) {}

    /**
     * One transaction.
     *
     * @param sent when COMMIT was sent
     * @param ended when its end was known
     * @param state the SQLSTATE that ended it, or nothing
     */
    record Attempt(Tx id, Outcome outcome, long sent, long ended, String state) {}

    /** A number that a client drew from the sequence outside of its transactions, and kept. */
    record Draw(int client, long ticket, int port, long ended) {}

    /**
     * A counter as a client read it without a lock.
     *
     * @param how the statement and the isolation level
     */
    record Read(int client, String how, int account, long counter, long sent) {}

    private final Map<Tx, Attempt> attempts = new ConcurrentHashMap<>();
    private final Collection<Draw> draws = new ConcurrentLinkedQueue<>();
    private final Collection<Read> reads = new ConcurrentLinkedQueue<>();
    private final Map<String, Integer> errors = new ConcurrentHashMap<>();

    void attempt(Attempt attempt) {
        attempts.put(attempt.id(), attempt);
        if (attempt.outcome() != Outcome.COMMITTED) {
            error(attempt.state());
        }
    }

    /** A COMMIT is about to be sent, whose answer may never come. */
    void committing(Tx id) {
        attempts.put(id, new Attempt(id, Outcome.UNKNOWN, System.nanoTime(), Long.MAX_VALUE, ""));
    }

    void draw(Draw draw) {
        draws.add(draw);
    }

    void read(Read read) {
        reads.add(read);
    }

    void error(String state) {
        errors.merge(state.isEmpty() ? "?" : state, 1, Integer::sum);
    }

    Map<Tx, Attempt> attempts() {
        return attempts;
    }

    List<Draw> draws() {
        return List.copyOf(draws);
    }

    List<Read> reads() {
        return List.copyOf(reads);
    }

    /** How often each SQLSTATE was met. */
    Map<String, Integer> errors() {
        return errors;
    }

    long count(Outcome outcome) {
        return attempts.values().stream().filter(a -> a.outcome() == outcome).count();
    }
}
