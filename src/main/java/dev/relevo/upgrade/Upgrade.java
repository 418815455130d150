package dev.relevo.upgrade;

import dev.relevo.check.Finding;
import dev.relevo.handover.HandoverReport;
import dev.relevo.plan.Event;
import dev.relevo.plan.Statement;
import java.util.List;
import java.util.function.Consumer;

/**
 * The upgrade of one database: every command of {@code relevo} is one method here.
 *
 * <p>Nothing is remembered between two calls; each asks the servers where things stand. Every
 * method may throw {@link dev.relevo.problem.ProblemException}.
 */
public final class Upgrade implements AutoCloseable {
    private final Settings settings;
    private final String operator;

    /**
     * Looks at nothing yet.
     *
     * @param operator who is at work, for the second one to be told: {@code user@host}
     */
    public Upgrade(Settings settings, String operator) {
        this.settings = settings;
        this.operator = operator;
    }

    /** Runs every preflight check; changes nothing. */
    public List<Finding> check() {
        throw new UnsupportedOperationException(settings + operator);
    }

    /** Every statement that {@link #start} and {@link #switchOver} would run, step by step. */
    public List<PlannedStep> plan() {
        throw new UnsupportedOperationException();
    }

    /** A step, whether it is done already, and what it would run. */
    public record PlannedStep(
            String command, String id, String title, boolean done, List<Statement> statements) {}

    /** Checks, then does everything up to the point where the new side follows the old one. */
    public void start(Consumer<Event> listener) {
        throw new UnsupportedOperationException();
    }

    /** Where things stand. */
    public Status status() {
        throw new UnsupportedOperationException();
    }

    /** Hands the clients over to the new side; if that was done already, only tidies up. */
    public HandoverReport switchOver(Consumer<HandoverEvent> listener) {
        throw new UnsupportedOperationException();
    }

    /** Hands the clients back to the old side; if that was done already, only tidies up. */
    public HandoverReport rollback(Consumer<HandoverEvent> listener) {
        throw new UnsupportedOperationException();
    }

    /** What a handover tells while it goes on: a step begins, or somebody is waited for. */
    public record HandoverEvent(String step, String note) {}

    /** After the switch: removes the way back and every trace on both servers. */
    public void finish(Consumer<Event> listener) {
        throw new UnsupportedOperationException();
    }

    /** Before the switch: removes every trace on both servers. */
    public void abort(Consumer<Event> listener) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
