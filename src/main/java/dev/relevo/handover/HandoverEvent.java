package dev.relevo.handover;

/**
 * What a handover tells while it goes on.
 *
 * @param step the step's name, as in {@code docs/handover.md}
 * @param note empty when the step begins; else who is waited for, or what was seen
 */
public record HandoverEvent(String step, String note) {}
