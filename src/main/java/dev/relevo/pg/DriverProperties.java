package dev.relevo.pg;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;

/** An {@link Endpoint} in pgjdbc's words. */
final class DriverProperties {
    /** libpq's keyword to pgjdbc's, where the values mean the same. */
    private static final Map<String, String> SAME =
            Map.of(
                    "sslcert", "sslcert",
                    "sslkey", "sslkey",
                    "sslpassword", "sslpassword",
                    "sslrootcert", "sslrootcert",
                    "sslnegotiation", "sslNegotiation",
                    "channel_binding", "channelBinding",
                    "require_auth", "requireAuth",
                    "krbsrvname", "kerberosServerName",
                    "gsslib", "gsslib");

    /** By name: its class file refers to annotations that are not there. */
    private static final String UNIX_SOCKETS =
            "org.newsclub.net.unix.AFUNIXSocketFactory$FactoryArg";

    private final Endpoint endpoint;
    private final Path home;
    private final Properties properties = new Properties();

    private DriverProperties(Endpoint endpoint, Path home) {
        this.endpoint = endpoint;
        this.home = home;
    }

    /**
     * @param name the application_name, whatever the connection string says
     * @param settings GUCs that win over the {@code options} of the connection string
     * @param home where libpq looks for {@code .postgresql/root.crt}
     */
    static Properties of(Endpoint endpoint, String name, Map<String, String> settings, Path home) {
        ParameterSupport.check(endpoint.parameters());
        return new DriverProperties(endpoint, home).all(name, settings);
    }

    private Properties all(String name, Map<String, String> settings) {
        properties.setProperty("PGDBNAME", endpoint.database());
        properties.setProperty("user", endpoint.user());
        // Always given: with none pgjdbc would look into a .pgpass of its own choosing.
        properties.setProperty("password", endpoint.password().reveal());
        properties.setProperty(
                "ApplicationName", name.length() > 63 ? name.substring(0, 63) : name);
        properties.setProperty("assumeMinServerVersion", "10");
        properties.setProperty("prepareThreshold", "0");
        properties.setProperty("options", options(settings));
        timeouts();
        SAME.forEach((libpq, driver) -> {
            String value = endpoint.parameters().get(libpq);
            if (value != null) {
                properties.setProperty(driver, value);
            }
        });
        if (endpoint.isUnixSocket()) {
            unixSocket();
        } else {
            tcp();
        }
        return properties;
    }

    /** The user's first: of two settings of one GUC the server takes the last. */
    private String options(Map<String, String> settings) {
        StringBuilder options = new StringBuilder(parameter("options", ""));
        int backslashes = 0;
        while (backslashes < options.length()
                && options.charAt(options.length() - 1 - backslashes) == '\\') {
            backslashes++;
        }
        // The server drops a lone backslash at the end; here it would eat the space that follows.
        options.setLength(options.length() - backslashes % 2);
        settings.forEach((key, value) ->
                options.append(" -c ")
                        .append(key)
                        .append('=')
                        .append(value.replaceAll("([\\\\\\s\\x0b])", "\\\\$1")));
        return options.toString().strip();
    }

    /** pgjdbc has no limit at 0, as libpq has none at 0 and below. */
    private void timeouts() {
        String seconds = Long.toString(endpoint.connectTimeout().toSeconds());
        properties.setProperty("connectTimeout", seconds);
        properties.setProperty("loginTimeout", seconds);
    }

    /** Neither encryption nor TCP's knobs apply to a Unix socket; libpq ignores them there too. */
    private void unixSocket() {
        properties.setProperty("PGHOST", "localhost");
        properties.setProperty("PGPORT", Integer.toString(endpoint.port()));
        properties.setProperty("sslmode", "disable");
        properties.setProperty("gssEncMode", "disable");
        properties.setProperty("socketFactory", UNIX_SOCKETS);
        properties.setProperty(
                "socketFactoryArg", endpoint.host() + "/.s.PGSQL." + endpoint.port());
    }

    private void tcp() {
        properties.setProperty("PGHOST", endpoint.host());
        properties.setProperty("PGPORT", Integer.toString(endpoint.port()));
        boolean keepAlive = !parameter("keepalives", "1").strip().equals("0");
        properties.setProperty("tcpKeepAlive", Boolean.toString(keepAlive));
        properties.setProperty("sslmode", sslMode());
        // libpq's "prefer" asks for GSSAPI encryption only with a ticket at hand; pgjdbc's always.
        String gss = parameter("gssencmode", "prefer");
        properties.setProperty("gssEncMode", gss.equals("prefer") ? "allow" : gss);
        certificate();
        TunedSocketFactory.argument(
                        keepAlive ? endpoint.noticingLoss().parameters() : endpoint.parameters())
                .ifPresent(argument -> {
                    properties.setProperty("socketFactory", TunedSocketFactory.class.getName());
                    properties.setProperty("socketFactoryArg", argument);
                });
    }

    /** With a root certificate at hand libpq's {@code require} verifies it; pgjdbc's does not. */
    private String sslMode() {
        String mode = parameter("sslmode", "prefer");
        boolean root =
                endpoint.parameters().containsKey("sslrootcert")
                        || Files.exists(home.resolve(".postgresql/root.crt"));
        return mode.equals("require") && root ? "verify-ca" : mode;
    }

    /** libpq's default file for the client's key has another name than pgjdbc's. */
    private void certificate() {
        Path directory = home.resolve(".postgresql");
        Path root = directory.resolve("root.crt");
        Path certificate = directory.resolve("postgresql.crt");
        Path key = directory.resolve("postgresql.key");
        if (Files.exists(root)) {
            properties.putIfAbsent("sslrootcert", root.toString());
        }
        if (Files.exists(certificate)) {
            properties.putIfAbsent("sslcert", certificate.toString());
        }
        if (properties.containsKey("sslcert") && Files.exists(key)) {
            properties.putIfAbsent("sslkey", key.toString());
        }
    }

    private String parameter(String keyword, String otherwise) {
        return endpoint.parameters().getOrDefault(keyword, otherwise);
    }

    /** libpq's rule: nothing, zero and less mean no limit, but Relevo has a default of its own. */
    static Duration connectTimeout(Map<String, String> parameters) {
        String value = parameters.get("connect_timeout");
        return value == null
                ? Endpoint.CONNECT_TIMEOUT
                : Duration.ofSeconds(
                        Math.max(0, ParameterSupport.integer("connect_timeout", value)));
    }
}
