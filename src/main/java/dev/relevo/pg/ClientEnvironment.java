package dev.relevo.pg;

import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The environment in which pg_dump, psql and the like connect to an {@link Endpoint} without any
 * argument: an argument can be seen by every user of the machine, a password there too.
 *
 * @param variables to be set
 * @param cleared every variable libpq reads; none may be inherited
 * @see <a href="https://www.postgresql.org/docs/current/libpq-envars.html">Environment
 *     variables</a>
 */
public record ClientEnvironment(Map<String, String> variables, Set<String> cleared) {
    private static final Set<String> ALL =
            Stream.concat(
                            Stream.of(ConninfoKey.values()).flatMap(key -> key.variable().stream()),
                            Stream.of(
                                    "PGREQUIRESSL",
                                    "PGSYSCONFDIR",
                                    "PGLOCALEDIR",
                                    "PGDATESTYLE",
                                    "PGTZ",
                                    "PGGEQO",
                                    "PGOAUTHDEBUG",
                                    "PGREALM"))
                    .collect(Collectors.toUnmodifiableSet());

    public ClientEnvironment {
        variables = Map.copyOf(variables);
        cleared = Set.copyOf(cleared);
    }

    static ClientEnvironment of(Endpoint endpoint) {
        if (endpoint.parameters().containsKey("sslpassword")) {
            throw new Problem(
                            ExitStatus.USAGE,
                            "connection-option",
                            "sslpassword cannot be passed on to pg_dump and psql",
                            "libpq reads no environment variable for it",
                            "Use a key without a passphrase, readable only by the user who runs"
                                    + " Relevo.")
                    .toException();
        }
        Map<String, String> variables = new LinkedHashMap<>();
        endpoint.parameters()
                .forEach((keyword, value) ->
                        ConninfoKey.of(keyword)
                                .flatMap(ConninfoKey::variable)
                                .ifPresent(variable -> variables.put(variable, value)));
        variables.put("PGHOST", endpoint.host());
        variables.put("PGPORT", Integer.toString(endpoint.port()));
        variables.put("PGDATABASE", endpoint.database());
        variables.put("PGUSER", endpoint.user());
        variables.put("PGCLIENTENCODING", "UTF8");
        variables.put("PGAPPNAME", Session.NAME_PREFIX + "client");
        variables.put("PGCONNECT_TIMEOUT", Long.toString(endpoint.connectTimeout().toSeconds()));
        if (endpoint.password().isPresent()) {
            variables.put("PGPASSWORD", endpoint.password().reveal());
        }
        return new ClientEnvironment(variables, ALL);
    }

    /** Makes {@code environment}, as of a {@link ProcessBuilder}, fit for the child process. */
    public void applyTo(Map<String, String> environment) {
        environment.keySet().removeAll(cleared);
        environment.putAll(variables);
    }

    /** Names the variables only: one of them is {@code PGPASSWORD}. */
    @Override
    public String toString() {
        return "ClientEnvironment" + new TreeSet<>(variables.keySet());
    }
}
