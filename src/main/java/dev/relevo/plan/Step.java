package dev.relevo.plan;

import java.util.List;

/**
 * One thing to do, which can be looked at, done, done again without harm, and undone.
 *
 * <p>A step keeps nothing in memory between {@link #observe} and {@link #apply}: whoever is killed
 * in between is followed by another process that starts with {@code observe}.
 */
public interface Step {
    /** Stable, in kebab case: it stands in the journal. */
    String id();

    /** What it does, for people: a phrase without a full stop. */
    String title();

    /** What {@link #apply} would run now. Changes nothing. */
    List<Statement> statements();

    /** What the servers say. Changes nothing, waits for no lock that a client holds. */
    Observation observe();

    /** Does it, or the rest of it. */
    void apply(Progress progress);

    /** How to undo it, whether it is done, half done or not begun. */
    Reversal reversal();
}
