package dev.relevo.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

class ConnectionProblemTest {
    private static final Endpoint ENDPOINT = endpoint("h", 5432);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "28P01 | password authentication failed for user \"u\" | wrong-password",
                "28000 | no pg_hba.conf entry for host \"h\", no encryption | no-hba-rule",
                "28000 | role \"u\" does not exist | no-role",
                "28000 | role \"u\" is not permitted to log in | no-role",
                "28000 | Peer authentication failed for user \"u\" | not-authorized",
                "3D000 | database \"d\" does not exist | no-database",
                "53300 | sorry, too many clients already | too-many-connections",
                "53300 | too many connections for role \"u\" | too-many-connections",
                "57P03 | the database system is starting up | starting-up",
                "42501 | permission denied for database \"d\" | no-connect-privilege",
                "55000 | database \"d\" is not currently accepting connections | database-closed",
                "42704 | unrecognized configuration parameter \"x\" | setting-refused",
                "08P01 | unsupported startup parameter: options | pooler",
                "XX000 | something new | refused-by-server",
            })
    void tellsServersAnswersApart(String state, String message, String code) {
        String wire = "SFATAL\0C" + state + "\0M" + message + "\0\0";
        Problem problem =
                ConnectionProblem.of(ENDPOINT, new PSQLException(new ServerErrorMessage(wire)));
        assertThat(problem.code()).isEqualTo(code);
        assertThat(problem.status()).isEqualTo(ExitStatus.CONNECTION);
        assertThat(problem.detail()).isEqualTo(message);
        assertThat(problem.hint()).isNotEmpty();
        assertThat(problem.toString()).doesNotContain("geheim");
    }

    @Test
    void tellsUnknownHost() {
        assertThat(problemOf(endpoint("db.invalid", 5432)).code()).isEqualTo("unknown-host");
    }

    @Test
    void tellsRefusedConnection() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        assertThat(problemOf(endpoint("127.0.0.1", port)).code()).isEqualTo("refused");
    }

    @Test
    void tellsSilentHost() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Problem problem = problemOf(endpoint("127.0.0.1", silent.getLocalPort()));
            assertThat(problem.code()).isEqualTo("timeout");
            assertThat(problem.message()).endsWith("within 1 s");
        }
    }

    @Test
    void tellsMissingUnixSocket(@TempDir Path directory) {
        Problem problem = problemOf(endpoint(directory.toString(), 5432));
        assertThat(problem.code()).isEqualTo("no-socket");
        assertThat(problem.message()).contains(directory + "/.s.PGSQL.5432");
    }

    @Test
    void refusesServersBeforeEleven() {
        assertThatThrownBy(() -> ConnectionProblem.requireSupported(ENDPOINT, 90_624))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> {
                            assertThat(e.problem().code()).isEqualTo("server-too-old");
                            assertThat(e.problem().detail()).isEqualTo("server_version is 9.6.24");
                            assertThat(e.problem().hint()).contains("11 and later");
                        });
        assertThatThrownBy(() -> ConnectionProblem.requireSupported(ENDPOINT, 100_023))
                .isInstanceOf(ProblemException.class);
        ConnectionProblem.requireSupported(ENDPOINT, 110_000);
    }

    @Test
    void missingDatabaseOutweighsOtherAnswersOfSeveralHosts() {
        List<Problem> problems =
                List.of(
                        problem("refused", "connection refused by a"),
                        problem("no-database", "database \"d\" does not exist at b"));
        Problem summary = HostChooser.summary(List.of(ENDPOINT, ENDPOINT), problems);
        assertThat(summary.code()).isEqualTo("no-database");
        assertThat(summary.message()).startsWith("none of the 2 hosts");
        assertThat(summary.detail().lines()).hasSize(2);
    }

    @Test
    void severalHostsAreAllTriedAndAllTold() {
        Conninfo conninfo = Conninfo.parse("host=x.invalid,y.invalid user=u dbname=d");
        Environment environment =
                new Environment(Map.of(), Path.of("/nonexistent"), "me", List.of());
        assertThatThrownBy(() -> conninfo.resolve(environment).choose())
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e ->
                                assertThat(e.problem().detail())
                                        .contains("\"x.invalid\"")
                                        .contains("\"y.invalid\""));
    }

    private static Problem problem(String code, String message) {
        return new Problem(ExitStatus.CONNECTION, code, message, "", "");
    }

    private static Problem problemOf(Endpoint endpoint) {
        ProblemException error =
                catchThrowableOfType(ProblemException.class, () -> endpoint.open("test").close());
        assertThat(error).isNotNull();
        assertThat(error.problem().toString()).doesNotContain("geheim");
        return error.problem();
    }

    private static Endpoint endpoint(String host, int port) {
        return new Endpoint(
                host, port, "d", "u", Secret.of("geheim"), Map.of("connect_timeout", "1"));
    }
}
