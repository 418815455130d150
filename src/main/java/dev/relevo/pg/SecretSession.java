package dev.relevo.pg;

import java.util.Map;

/**
 * A session for statements that hold a secret: they reach neither the server's log nor
 * pg_stat_activity nor pg_stat_statements.
 *
 * <p>CREATE SUBSCRIPTION with a password is logged when it fails and under {@code
 * log_statement=ddl}, and shows in {@code pg_stat_activity.query} while it runs. Each of these
 * settings closes one of those ways; only a superuser may set them.
 */
public final class SecretSession {
    private static final Map<String, String> SETTINGS =
            Map.ofEntries(
                    Map.entry("log_statement", "none"),
                    Map.entry("log_min_error_statement", "panic"),
                    Map.entry("log_min_duration_statement", "-1"),
                    Map.entry("log_duration", "off"),
                    Map.entry("debug_print_parse", "off"),
                    Map.entry("debug_print_rewritten", "off"),
                    Map.entry("debug_print_plan", "off"),
                    // Placeholders when the extensions are not loaded, which does no harm.
                    Map.entry("pg_stat_statements.track_utility", "off"),
                    Map.entry("pgaudit.log", "none"),
                    Map.entry("track_activities", "off"),
                    // What an event trigger of the users' notes down is such a way too.
                    Map.entry("session_replication_role", "replica"));

    private SecretSession() {}

    public static Session open(Endpoint endpoint, String purpose) {
        return quiet(endpoint.open(purpose));
    }

    /** Makes one of an open session; gives it back. Closes it when the server refuses that. */
    public static Session quiet(Session session) {
        try {
            SETTINGS.forEach(session::set);
            if (session.version().atLeast(12)) {
                session.set("log_transaction_sample_rate", "0");
            }
            if (session.version().atLeast(13)) {
                session.set("log_min_duration_sample", "-1");
            }
            return session;
        } catch (RuntimeException e) {
            session.close();
            throw e;
        }
    }
}
