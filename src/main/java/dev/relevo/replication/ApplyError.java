package dev.relevo.replication;

/**
 * Why an apply worker ended, as its server's log has it.
 *
 * @param at when, as the server wrote it; may be empty
 * @param since when the log has the same error first, as far back as was read
 * @param state SQLSTATE, or empty when the log does not tell
 * @param message the error
 * @param further its detail and context, which name the table, and from 15 on the transaction and
 *     its position; may be empty
 * @param startedAgain whether a worker was started since of which the log tells no end
 */
public record ApplyError(
        String at,
        String since,
        String state,
        String message,
        String further,
        boolean startedAgain) {
    /** Whether it was the connection that was lost or refused, which mends itself. */
    public boolean isOfConnection() {
        return state.startsWith("08") || state.startsWith("57");
    }

    /** All of it, in lines. */
    public String text() {
        StringBuilder text = new StringBuilder(message);
        if (!state.isEmpty()) {
            text.append(" (").append(state).append(')');
        }
        if (!further.isBlank()) {
            text.append('\n').append(further);
        }
        if (!at.isEmpty()) {
            text.append("\nlogged at ").append(at);
            if (!since.equals(at)) {
                text.append(", again and again since ").append(since).append(" at least");
            }
        }
        return text.toString();
    }
}
