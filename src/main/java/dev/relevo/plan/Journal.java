package dev.relevo.plan;

/** History for people: who did what and when. Nothing is ever decided by it. */
public interface Journal {
    /**
     * Writes an entry that survives a crash once the call returns.
     *
     * @param plan the plan's name
     * @param step the step's id
     * @param what {@code begin}, {@code done}, {@code failed} or {@code undone}
     * @param note one line for people
     */
    void write(String plan, String step, String what, String note);
}
