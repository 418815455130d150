package dev.relevo.plan;

import java.time.Duration;

/** What a runner tells while it works. */
public sealed interface Event {
    /** A step begins; {@code number} counts from 1. */
    record Started(Step step, int number, int total) implements Event {}

    /** A step was already done before. */
    record Found(Step step, int number, int total, String evidence) implements Event {}

    /** A long step tells how far it is; see {@link Progress}. */
    record Moved(Step step, long done, long total, String what, Duration elapsed)
            implements Event {}

    /** A step is done. */
    record Finished(Step step, int number, int total, String evidence, Duration took)
            implements Event {}

    /** Something was left as it was, or somebody should know: one line. */
    record Noted(String note) implements Event {}

    /** A step is undone, or had left nothing to undo. */
    record Undone(Step step, Duration took) implements Event {}
}
