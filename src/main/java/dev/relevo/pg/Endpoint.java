package dev.relevo.pg;

import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

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

    private static final Set<String> BETWEEN_SERVERS =
            Set.of(
                    "hostaddr",
                    "sslmode",
                    "sslnegotiation",
                    "sslrootcert",
                    "sslcert",
                    "sslkey",
                    "ssl_min_protocol_version",
                    "ssl_max_protocol_version",
                    "channel_binding",
                    "require_auth",
                    "gssencmode",
                    "krbsrvname",
                    "connect_timeout",
                    "keepalives",
                    "keepalives_idle",
                    "keepalives_interval",
                    "keepalives_count",
                    "tcp_user_timeout");

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

    /**
     * The same, where a peer that is gone without a word is noticed within a minute; a connection
     * string that says otherwise wins.
     */
    public Endpoint noticingLoss() {
        Map<String, String> all = new LinkedHashMap<>(parameters);
        all.putIfAbsent("keepalives_idle", "30");
        all.putIfAbsent("keepalives_interval", "10");
        all.putIfAbsent("keepalives_count", "3");
        return new Endpoint(host, port, database, user, password, all);
    }

    /** Whether {@link #host} is the directory of a Unix socket. */
    public boolean isUnixSocket() {
        return host.startsWith("/");
    }

    /** How long a log-in may take; zero for no limit. */
    public Duration connectTimeout() {
        return DriverProperties.connectTimeout(parameters);
    }

    /** {@code host:port/database}, fit for messages: names no role and no secret. */
    public String display() {
        boolean address = host.contains(":") && !isUnixSocket();
        return (address ? "[" + host + "]" : host) + ":" + port + "/" + database;
    }

    /**
     * The libpq keyword/value string, without any secret.
     *
     * @see <a
     *     href="https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING">Connection
     *     strings</a>
     */
    public String conninfo() {
        return conninfo(Secret.NONE, keyword -> !ConninfoKey.isSecret(keyword));
    }

    /**
     * The string for {@code CREATE SUBSCRIPTION}, with {@code secret} in it: another server
     * connects with it, so that only what means the same there is kept. A certificate's path is
     * such a thing only when the file is there too.
     */
    public String conninfo(Secret secret) {
        return conninfo(secret, BETWEEN_SERVERS::contains);
    }

    private String conninfo(Secret secret, Predicate<String> kept) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("host", host);
        all.put("port", Integer.toString(port));
        all.put("dbname", database);
        all.put("user", user);
        if (secret.isPresent()) {
            all.put("password", secret.reveal());
        }
        new TreeMap<>(parameters)
                .forEach((keyword, value) -> {
                    if (kept.test(keyword)) {
                        all.put(keyword, value);
                    }
                });
        return all.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + Quote.conninfoValue(entry.getValue()))
                .collect(Collectors.joining(" "));
    }

    /** What pg_dump, psql and the like need to connect here. */
    public ClientEnvironment clientEnvironment() {
        return ClientEnvironment.of(this);
    }

    /** Opens a session with Relevo's settings; see {@link Session#open}. */
    public Session open(String purpose) {
        return Session.open(this, purpose, Map.of());
    }

    /** Opens a session in which {@code settings} (GUC name to value) win over Relevo's own. */
    public Session open(String purpose, Map<String, String> settings) {
        return Session.open(this, purpose, settings);
    }

    /**
     * Opens a session in which no answer may take longer than {@code longest}, the log-in included;
     * see {@link Session#limitAnswers}. A shorter {@code connect_timeout} of the connection string
     * wins.
     */
    public Session open(String purpose, Map<String, String> settings, Duration longest) {
        return Session.open(within(longest), purpose, settings, longest);
    }

    /** The same, where a log-in takes no longer. */
    public Endpoint within(Duration longest) {
        Duration usual = connectTimeout();
        if (!usual.isZero() && usual.compareTo(longest) <= 0) {
            return this;
        }
        Map<String, String> all = new LinkedHashMap<>(parameters);
        all.put("connect_timeout", Long.toString(Math.max(1, longest.toSeconds())));
        return new Endpoint(host, port, database, user, password, all);
    }

    /**
     * Opens a session with the same server's database {@code postgres}, or {@code template1} where
     * that one is missing.
     */
    public Session maintenance(String purpose) {
        return maintenance(purpose, Map.of());
    }

    /** The same, where {@code settings} win over Relevo's own. */
    public Session maintenance(String purpose, Map<String, String> settings) {
        try {
            return withDatabase("postgres").open(purpose, settings);
        } catch (ProblemException e) {
            if (!e.problem().code().equals("no-database")) {
                throw e;
            }
            return withDatabase("template1").open(purpose, settings);
        }
    }

    /**
     * Opens a session for DDL in which no event trigger of the users' that notes down or refuses it
     * has a say, unless it was made ENABLE ALWAYS or REPLICA. Not for marks of the handover: what
     * they set off fires in a replica.
     *
     * @see <a href="https://www.postgresql.org/docs/current/runtime-config-client.html">
     *     session_replication_role</a>
     */
    public Session openForDdl(String purpose) {
        return open(purpose, Map.of("session_replication_role", "replica"));
    }

    /** Without secrets; {@link #parameters} may hold the passphrase of a key. */
    @Override
    public String toString() {
        return "Endpoint[" + conninfo() + "]";
    }
}
