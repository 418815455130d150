package dev.relevo.handover;

/**
 * What a handover tells while it goes on.
 *
 * @param step the name of the step, as in {@code docs/handover.md}; empty for a note about a server
 * @param note empty when the step begins; else who is waited for, or what was seen
 */
public record HandoverEvent(String step, String note) {}
