package dev.relevo.pg;

import java.util.HashMap;
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
            Map.of(
                    "log_statement", "none",
                    "log_min_error_statement", "panic",
                    "log_min_duration_statement", "-1",
                    "log_duration", "off",
                    "track_activities", "off");

    private SecretSession() {}

    public static Session open(Endpoint endpoint, String purpose) {
        Map<String, String> settings = new HashMap<>(SETTINGS);
        Session session = endpoint.open(purpose, settings);
        if (session.version().atLeast(13)) {
            session.set("log_min_duration_sample", "-1");
        }
        // Placeholders when the extensions are not loaded, which does no harm.
        session.set("pg_stat_statements.track_utility", "off");
        session.set("pgaudit.log", "none");
        return session;
    }
}
