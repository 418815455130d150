package dev.relevo.plan;

/** Where a long step tells how far it is, and when others need not wait for its end. */
@FunctionalInterface
public interface Progress {
    /**
     * How far the step is.
     *
     * @param done how much of {@code total} is done
     * @param total the whole, or 0 when it is not known yet
     * @param what the unit and the thing, for example {@code bytes of public.orders}
     */
    void report(long done, long total, String what);

    /**
     * Runs a step that stands further on in the plan, as it would be run in its place: looked at,
     * and applied if it is not done. The step that calls this goes on meanwhile with what does not
     * need the caller. In its own place the other one is looked at again.
     */
    default void ahead(Step step) {
        throw new UnsupportedOperationException("nobody runs a plan: " + step.id());
    }
}
