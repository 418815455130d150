package dev.relevo.handover;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.util.List;
import java.util.stream.Collectors;

/** What must hold before a handover begins; nobody has noticed anything when it says no. */
final class Admission {
    private final Task task;
    private final Limits limits;

    Admission(Task task, Limits limits) {
        this.task = task;
        this.limits = limits;
    }

    void require(Session from, Session to) {
        List<String> lookups =
                to.query(
                        SqlFile.load(Admission.class, "connect_needs_catalog"),
                        row -> row.text("what"));
        if (!lookups.isEmpty()) {
            throw refusal(
                    "connect-looks-up",
                    "clients of the "
                            + task.to()
                            + " server would hang while they connect, not at their first statement",
                    String.join(", ", lookups),
                    "Set default_text_search_config with ALTER SYSTEM instead and RESET it for databases"
                            + " and roles, and disable login event triggers, on both servers.");
        }
        requireNoEventTriggers(from, task.from().side());
        requireNoEventTriggers(to, task.to().side());
        List<String> prepared =
                from.query(
                        "SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE database ="
                                + " pg_catalog.current_database()",
                        row -> row.text("gid"));
        if (!prepared.isEmpty()) {
            throw refusal(
                    "prepared-transaction",
                    "a prepared transaction is open on the " + task.from() + " server",
                    String.join(", ", prepared),
                    "COMMIT PREPARED or ROLLBACK PREPARED it, then run the same command again.");
        }
        if (limits.forceDrain()) {
            return;
        }
        List<String> old =
                from.query(
                        SqlFile.load(Admission.class, "long_transactions"),
                        row -> row.text("description"),
                        limits.drain().toMillis() + " ms",
                        task.sparedOnFrom());
        if (!old.isEmpty()) {
            throw refusal(
                    "long-transaction",
                    "a transaction older than the drain timeout is open on the "
                            + task.from()
                            + " server",
                    String.join("; ", old),
                    "Wait for it or end it, or allow more time with --drain-timeout, or end it with"
                            + " --force-drain.");
        }
    }

    /**
     * The handover does DDL as a replica, where others do not fire; from 17 on a setting keeps
     * these away as well. One that notes DDL down in a table would meet the fence, and its error
     * would undo the handover.
     */
    private static void requireNoEventTriggers(Session session, Side side) {
        if (session.version().atLeast(17)) {
            return;
        }
        List<String> always =
                session.query(
                        "SELECT evtname FROM pg_catalog.pg_event_trigger WHERE evtenabled IN ('A', 'R')"
                                + " ORDER BY evtname",
                        row -> row.text("evtname"));
        if (!always.isEmpty()) {
            throw refusal(
                    "event-trigger-always",
                    "an event trigger of the " + side + " server fires even in a replica",
                    String.join(", ", always),
                    "Run "
                            + always.stream()
                                    .map(name ->
                                            "ALTER EVENT TRIGGER " + Quote.ident(name) + " ENABLE")
                                    .collect(Collectors.joining("; "))
                            + " there, then run the same command again.");
        }
    }

    private static RuntimeException refusal(
            String code, String message, String detail, String hint) {
        return new Problem(ExitStatus.ABORTED, code, message, detail, hint).toException();
    }
}
