package dev.relevo.pg;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * One database on one server, and all that is needed to log in there.
 *
 * @param host name or address, or the directory of a Unix socket when it begins with a slash
 * @param port TCP port, or the number in the Unix socket's name
 * @param database the database's name
 * @param user the role to log in as
 * @param password may be {@link Secret#NONE}
 * @param parameters further libpq parameters such as {@code sslmode}, in libpq's spelling
 */
public record Endpoint(
        String host,
        int port,
        String database,
        String user,
        Secret password,
        Map<String, String> parameters) {

    /** How long a log-in may take when the connection string does not say. */
    public static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    public Endpoint {
        Objects.requireNonNull(password);
        if (host.isEmpty() || database.isEmpty() || user.isEmpty()) {
            throw new IllegalArgumentException("host, database and user are needed");
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("not a port: " + port);
        }
        parameters = Map.copyOf(parameters);
    }

    /** The same server and role, another database. */
    public Endpoint withDatabase(String other) {
        return new Endpoint(host, port, other, user, password, parameters);
    }

    /** The same database, another role. */
    public Endpoint withUser(String role, Secret secret) {
        return new Endpoint(host, port, database, role, secret, parameters);
    }

    /** {@code host:port/database}, fit for messages: names no role and no secret. */
    public String display() {
        return host + ":" + port + "/" + database;
    }

    /**
     * The libpq keyword/value string, without the password.
     *
     * @see <a
     *     href="https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING">Connection
     *     strings</a>
     */
    public String conninfo() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("host", host);
        all.put("port", Integer.toString(port));
        all.put("dbname", database);
        all.put("user", user);
        all.putAll(parameters);
        StringBuilder text = new StringBuilder();
        all.forEach((key, value) -> {
            if (!text.isEmpty()) {
                text.append(' ');
            }
            text.append(key).append('=').append(Quote.conninfoValue(value));
        });
        return text.toString();
    }

    /** Opens a session with Relevo's settings; see {@link Session#open}. */
    public Session open(String purpose) {
        return Session.open(this, purpose, Map.of());
    }

    /** Opens a session in which {@code settings} (GUC name to value) win over Relevo's own. */
    public Session open(String purpose, Map<String, String> settings) {
        return Session.open(this, purpose, settings);
    }
}
