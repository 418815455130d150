package dev.relevo.schema;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Pins;
import dev.relevo.pg.ServerVersion;
import dev.relevo.pg.Session;
import dev.relevo.problem.ProblemException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Opens the sessions the steps need. */
final class Servers {
    /** Nothing said in such a session reaches the server's log or its views: it carries secrets. */
    static final Map<String, String> QUIET =
            Map.of(
                    "log_statement", "none",
                    "log_min_error_statement", "panic",
                    "log_min_duration_statement", "-1",
                    "track_activities", "off",
                    "pg_stat_statements.track", "none");

    private Servers() {}

    /** Of a psql whose script may hold secrets: what every session has, and nothing is logged. */
    static Map<String, String> quiet(ServerVersion version, Map<String, String> more) {
        Map<String, String> all = new TreeMap<>(Pins.of(version));
        all.putAll(QUIET);
        all.putAll(more);
        return all;
    }

    /** A session, unless the database does not exist. */
    static Optional<Session> openIfThere(
            Endpoint endpoint, String purpose, Map<String, String> settings) {
        try {
            return Optional.of(endpoint.open(purpose, settings));
        } catch (ProblemException e) {
            if (e.problem().code().equals("no-database")) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
