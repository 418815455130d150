package dev.relevo.plan;

/** Where a long step tells how far it is. */
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
}
