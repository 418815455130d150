package dev.relevo.handover;

import java.util.List;

/**
 * How a handover that reached its end went; all times in milliseconds.
 *
 * @param from the side that served before, {@code old} or {@code new}
 * @param to the side that serves now
 * @param drainMs from read-only on {@code from} until no client was left there
 * @param heldMs from read-only on {@code from} until {@code to} was open: as long as this a client
 *     may have waited
 * @param totalMs from the first statement to the last, tidying up included
 * @param steps every step in order
 */
public record HandoverReport(
        String from, String to, double drainMs, double heldMs, double totalMs, List<Timing> steps) {
    public HandoverReport {
        steps = List.copyOf(steps);
    }

    /** One step and how long it took. */
    public record Timing(String name, double ms) {}
}
