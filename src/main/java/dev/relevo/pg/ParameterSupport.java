package dev.relevo.pg;

import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Refuses what libpq would refuse too, and what Relevo, which speaks to servers through pgjdbc,
 * could not honour: nothing in a connection string is ignored silently.
 */
final class ParameterSupport {
    private static final Map<String, Set<String>> ALLOWED =
            Map.ofEntries(
                    Map.entry(
                            "sslmode",
                            Set.of(
                                    "disable",
                                    "allow",
                                    "prefer",
                                    "require",
                                    "verify-ca",
                                    "verify-full")),
                    Map.entry("sslnegotiation", Set.of("postgres", "direct")),
                    Map.entry("channel_binding", Set.of("disable", "prefer", "require")),
                    Map.entry("gssencmode", Set.of("disable", "prefer", "require")),
                    Map.entry("sslcertmode", Set.of("disable", "allow", "require")),
                    Map.entry("load_balance_hosts", Set.of("disable", "random")),
                    Map.entry(
                            "target_session_attrs",
                            Set.of(
                                    "any",
                                    "read-write",
                                    "read-only",
                                    "primary",
                                    "standby",
                                    "prefer-standby")));

    private static final List<String> INTEGERS =
            List.of(
                    "connect_timeout",
                    "keepalives",
                    "keepalives_idle",
                    "keepalives_interval",
                    "keepalives_count",
                    "tcp_user_timeout");

    /**
     * Keyword to the values that change nothing, and so may stand; the others cannot be honoured.
     */
    private static final Map<String, Set<String>> HARMLESS =
            Map.ofEntries(
                    Map.entry("sslcompression", Set.of("0")),
                    Map.entry("sslcertmode", Set.of("allow")),
                    Map.entry("sslsni", Set.of("1")),
                    Map.entry("gssdelegation", Set.of("0")),
                    Map.entry("gsslib", Set.of("gssapi")),
                    Map.entry("load_balance_hosts", Set.of("disable")),
                    Map.entry("tcp_user_timeout", Set.of("0")),
                    Map.entry("min_protocol_version", Set.of("3.0")),
                    Map.entry("max_protocol_version", Set.of("3.0", "3.2", "latest")),
                    // Java speaks TLS 1.2 and 1.3 only.
                    Map.entry("ssl_min_protocol_version", Set.of("TLSv1", "TLSv1.1", "TLSv1.2")),
                    Map.entry("ssl_max_protocol_version", Set.of("TLSv1.3")),
                    Map.entry("sslcrl", Set.of()),
                    Map.entry("sslcrldir", Set.of()),
                    Map.entry("sslkeylogfile", Set.of()),
                    Map.entry("requirepeer", Set.of()),
                    Map.entry("replication", Set.of("false", "off", "no", "0")),
                    Map.entry("scram_client_key", Set.of()),
                    Map.entry("scram_server_key", Set.of()),
                    Map.entry("oauth_issuer", Set.of()),
                    Map.entry("oauth_client_id", Set.of()),
                    Map.entry("oauth_client_secret", Set.of()),
                    Map.entry("oauth_scope", Set.of()));

    private ParameterSupport() {}

    static void check(Map<String, String> values) {
        values.forEach((keyword, value) -> {
            Set<String> allowed = ALLOWED.get(keyword);
            if (allowed != null && !allowed.contains(value)) {
                throw Conninfo.invalid(
                        "invalid " + keyword + " value: \"" + value + '"',
                        "",
                        "It is one of "
                                + String.join(", ", allowed.stream().sorted().toList())
                                + ".");
            }
            if (INTEGERS.contains(keyword)) {
                integer(keyword, value);
            }
            Set<String> harmless = HARMLESS.get(keyword);
            if (harmless != null && !value.isEmpty() && !harmless.contains(value)) {
                throw unsupported(keyword, value);
            }
        });
        checkSession(values.getOrDefault("target_session_attrs", "any"));
        checkRootCertificate(values);
    }

    /** As libpq reads a number: spaces around it are allowed. */
    static int integer(String keyword, String value) {
        String digits = value.strip();
        if (!digits.matches("[+-]?[0-9]{1,9}")) {
            throw Conninfo.invalid(
                    "invalid integer value \""
                            + value
                            + "\" for connection option \""
                            + keyword
                            + '"',
                    "",
                    "Write a whole number.");
        }
        return Integer.parseInt(digits);
    }

    private static void checkSession(String attributes) {
        if (attributes.equals("standby") || attributes.equals("read-only")) {
            throw refused(
                    "target_session_attrs=" + attributes + " asks for a server Relevo cannot use",
                    "only a primary that accepts writes can be upgraded, or upgraded to",
                    "Use target_session_attrs=primary, or leave it out.");
        }
    }

    private static void checkRootCertificate(Map<String, String> values) {
        if (values.getOrDefault("sslrootcert", "").equals("system")) {
            throw refused(
                    "sslrootcert=system is not supported",
                    "Java does not read the store of certificates that OpenSSL uses",
                    "Name the file and the mode it implies, for example"
                            + " sslrootcert=/etc/ssl/certs/ca-certificates.crt"
                            + " sslmode=verify-full.");
        }
    }

    private static ProblemException unsupported(String keyword, String value) {
        boolean shown = !ConninfoKey.isSecret(keyword);
        return refused(
                "connection option \""
                        + keyword
                        + "\" is not supported"
                        + (shown ? " with the value \"" + value + '"' : ""),
                "libpq knows it, but the driver Relevo uses could not honour it",
                "Leave it out, also as an environment variable and in the service file"
                        + ", if you can do without it.");
    }

    private static ProblemException refused(String message, String detail, String hint) {
        return new Problem(ExitStatus.USAGE, "connection-option", message, detail, hint)
                .toException();
    }
}
