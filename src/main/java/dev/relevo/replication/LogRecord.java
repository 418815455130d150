package dev.relevo.replication;

/**
 * One message of a server's log.
 *
 * @param at as the server wrote it; empty when its lines carry no time
 * @param pid the process that wrote it
 * @param state SQLSTATE, or empty when the log does not tell
 * @param message what it says, without its severity, which is in the server's language
 * @param further detail and context, a line each; may be empty
 */
record LogRecord(String at, int pid, String state, String message, String further) {
    private static final String SUCCESS = "00000";

    /** Whether it is known not to be an error. */
    boolean isHarmless() {
        return state.equals(SUCCESS);
    }

    boolean names(String subscription) {
        int from = message.indexOf(subscription);
        while (from >= 0) {
            int behind = from + subscription.length();
            boolean whole =
                    (from == 0 || !isOfName(message.charAt(from - 1)))
                            && (behind == message.length() || !isOfName(message.charAt(behind)));
            if (whole) {
                return true;
            }
            from = message.indexOf(subscription, behind);
        }
        return false;
    }

    boolean mentions(int other) {
        return other != pid && message.matches("(?s).*\\b" + other + "\\b.*");
    }

    private static boolean isOfName(char c) {
        return Character.isLetterOrDigit(c) || c == '_';
    }
}
