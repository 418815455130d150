package dev.relevo.pg;

import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import javax.net.ssl.SSLException;

/** Why there is no connection although no server gave a reason. */
final class NetworkProblem {
    private final Endpoint endpoint;
    private final String said;

    NetworkProblem(Endpoint endpoint, String said) {
        this.endpoint = endpoint;
        this.said = said;
    }

    Problem of(SQLException error) {
        List<Throwable> causes = causes(error);
        String words = said.toLowerCase(Locale.ROOT);
        if (has(causes, UnknownHostException.class)) {
            return problem(
                    "unknown-host",
                    "host name \"" + endpoint.host() + "\" cannot be resolved",
                    "host name lookup failed",
                    "Check the spelling, and look it up with getent hosts "
                            + endpoint.host()
                            + ".");
        }
        if (words.contains("no password was provided")
                || words.contains("password is an empty string")) {
            return noPassword();
        }
        if (words.contains("does not support ssl")) {
            return problem(
                    "ssl-unsupported",
                    endpoint.display() + " does not offer SSL",
                    said,
                    "Set ssl=on with a certificate there, or connect with sslmode=prefer if the"
                            + " network between is trusted.");
        }
        if (has(causes, SSLException.class)
                || words.contains("ssl")
                || words.contains("certificate")) {
            return problem(
                    "ssl",
                    "no SSL connection can be made to " + endpoint.display(),
                    deepest(causes),
                    "Check sslmode, sslrootcert, sslcert and sslkey; with sslmode=verify-full the"
                            + " certificate must name the host you connect to.");
        }
        if (has(causes, SocketTimeoutException.class) || words.contains("timeout")) {
            return problem(
                    "timeout",
                    "no answer from "
                            + endpoint.display()
                            + " within "
                            + endpoint.connectTimeout().toSeconds()
                            + " s",
                    deepest(causes),
                    "Check host and port and any firewall between, or raise connect_timeout.");
        }
        return noConnection(causes);
    }

    Problem noPassword() {
        return problem(
                "no-password",
                "no password for role \"" + endpoint.user() + "\" at " + endpoint.display(),
                said,
                "Add a line host:port:database:role:password to ~/.pgpass (mode 0600), or set"
                        + " PGPASSWORD.");
    }

    private Problem noConnection(List<Throwable> causes) {
        if (endpoint.isUnixSocket()) {
            return problem(
                    "no-socket",
                    "no server answers on the Unix socket "
                            + endpoint.host()
                            + "/.s.PGSQL."
                            + endpoint.port(),
                    deepest(causes),
                    "Check that the server runs, and compare with SHOW unix_socket_directories and"
                            + " SHOW port there.");
        }
        if (deepest(causes).toLowerCase(Locale.ROOT).contains("refused")) {
            return problem(
                    "refused",
                    "connection refused by " + endpoint.display(),
                    deepest(causes),
                    "Check that the server runs there, listens on this port, and that its"
                            + " listen_addresses include this address.");
        }
        return problem(
                "unreachable",
                "cannot connect to " + endpoint.display(),
                has(causes, IOException.class) ? deepest(causes) : said,
                "Check host and port, that the server runs, and that any firewall lets this machine"
                        + " in; try psql with the same connection string.");
    }

    private static List<Throwable> causes(Throwable error) {
        List<Throwable> causes = new ArrayList<>();
        for (Throwable at = error; at != null && !causes.contains(at); at = at.getCause()) {
            causes.add(at);
        }
        return causes;
    }

    private static boolean has(List<Throwable> causes, Class<? extends Throwable> type) {
        return causes.stream().anyMatch(type::isInstance);
    }

    /** The operating system's or the TLS library's own words, in one line. */
    private static String deepest(List<Throwable> causes) {
        String message = Objects.requireNonNullElse(causes.getLast().getMessage(), "");
        return message.lines().findFirst().orElse(causes.getLast().getClass().getSimpleName());
    }

    private static Problem problem(String code, String message, String detail, String hint) {
        return new Problem(ExitStatus.CONNECTION, code, message, detail, hint);
    }
}
