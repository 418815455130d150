package dev.relevo.pg;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The time-outs of a server that end a session or what it does. Whoever sets them for clients does
 * not mean replication, nor a step of Relevo's that takes its time.
 */
public final class Timeouts {
    private Timeouts() {}

    /** The names of those that a server of this version has. */
    public static List<String> of(ServerVersion version) {
        List<String> names =
                new ArrayList<>(
                        List.of(
                                "lock_timeout",
                                "statement_timeout",
                                "idle_in_transaction_session_timeout"));
        names.addAll(newer(version));
        return names;
    }

    /** The one by which a session has ended with this SQLSTATE; nothing if by none of the newer. */
    static String endedBy(@Nullable String state) {
        return switch (state) {
            case "57P05" -> "idle_session_timeout";
            case "25P04" -> "transaction_timeout";
            case null, default -> "";
        };
    }

    /** Those that not every supported version has. */
    static List<String> newer(ServerVersion version) {
        List<String> names = new ArrayList<>();
        if (version.atLeast(14)) {
            names.add("idle_session_timeout");
        }
        if (version.atLeast(17)) {
            names.add("transaction_timeout");
        }
        return names;
    }
}
