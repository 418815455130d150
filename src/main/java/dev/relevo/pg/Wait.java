package dev.relevo.pg;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What a backend of ours waits for, as {@code pg_stat_activity} tells it.
 *
 * @param answered it stands idle: the server has sent its answer
 * @param type {@code wait_event_type}, or nothing
 * @param event {@code wait_event}, or nothing
 * @param standbys {@code synchronous_standby_names}, while it waits for one
 * @param blockers who holds the lock that it waits for, or nothing
 * @see <a
 *     href="https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-TABLE">Wait
 *     events</a>
 */
record Wait(boolean answered, String type, String event, String standbys, String blockers) {
    /** Processes of one statement that wait for one another: it is at work. */
    private static final Set<String> TOGETHER =
            Set.of("Parallel", "Execute", "Hash", "Btree", "Bitmap", "Append", "MessageQueue");

    static Wait of(ResultSet row) throws SQLException {
        return new Wait(
                row.getBoolean("answered"),
                row.getString("type"),
                row.getString("event"),
                Objects.requireNonNullElse(row.getString("standbys"), ""),
                Objects.requireNonNullElse(row.getString("blockers"), ""));
    }

    /** For whom it waits, for people; nothing while it works or merely reads and writes. */
    Optional<String> forWhom() {
        return switch (type) {
            case "Lock" ->
                    Optional.of(
                            "a lock ("
                                    + event
                                    + ")"
                                    + (blockers.isEmpty() ? "" : " held by " + blockers));
            case "BufferPin", "Extension" -> Optional.of("%s (%s)".formatted(type, event));
            case "IPC" -> processes();
            // Of the walreceiver, by which one server asks another.
            case "Client" ->
                    event.toLowerCase(java.util.Locale.ROOT).contains("walreceiver")
                            ? Optional.of("an answer of the other server (" + event + ")")
                            : Optional.empty();
            default -> Optional.empty();
        };
    }

    private Optional<String> processes() {
        if (event.equals("SyncRep")) {
            return Optional.of(
                    "a synchronous standby (SyncRep): synchronous_standby_names is '"
                            + standbys
                            + "', and the standbys it asks for do not answer");
        }
        return TOGETHER.stream().anyMatch(event::startsWith)
                ? Optional.empty()
                : Optional.of("another process of the server (" + event + ")");
    }
}
