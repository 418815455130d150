package dev.relevo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Secret;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class ErrorsTest {
    private static final Endpoint DB =
            new Endpoint("db", 5432, "shop", "me", Secret.of("hunter2"), Map.of());

    @TempDir private Path directory;
    private Cli cli = new Cli(Path.of(""));
    private final Answers answers = new Answers();

    @BeforeEach
    void here() {
        cli = new Cli(directory);
        cli.commands = answers;
    }

    private Cli.Result fail(RuntimeException failure, String... args) {
        answers.failure = failure;
        return cli.run(args);
    }

    @Test
    void looksLikePostgresqls() {
        Problem problem =
                new Problem(
                        ExitStatus.CHECK,
                        "wal-level",
                        "wal_level is replica on the old server",
                        "first\nsecond",
                        "Run ALTER SYSTEM SET wal_level = logical and restart.");
        Cli.Result result = fail(problem.toException(), "start");
        assertThat(result.status()).isEqualTo(3);
        assertThat(result.out()).isEmpty();
        assertThat(result.err())
                .isEqualTo(
                        """
                        relevo: error: wal_level is replica on the old server
                        DETAIL: first
                        \tsecond
                        HINT: Run ALTER SYSTEM SET wal_level = logical and restart.
                        """);
    }

    @ParameterizedTest
    @EnumSource(ExitStatus.class)
    void endsWithTheStatusOfTheProblem(ExitStatus status) {
        Problem problem = new Problem(status, "some-code", "a message", "", "");
        assertThat(fail(problem.toException(), "status").status()).isEqualTo(status.code());
    }

    @Test
    void isOneJsonDocument() {
        Problem problem = new Problem(ExitStatus.BUSY, "busy", "ann is at work", "Since noon.", "");
        Cli.Result result = fail(problem.toException(), "switch", "--yes", "--json");
        assertThat(result.status()).isEqualTo(5);
        JsonNode document = JsonMapper.shared().readTree(result.out());
        assertThat(document.propertyNames()).containsExactly("error");
        assertThat(document.get("error").propertyNames())
                .containsExactly("code", "message", "detail", "hint", "status");
        assertThat(document.at("/error/status").asInt()).isEqualTo(5);
        assertThat(result.err()).contains("relevo: error: ann is at work");
    }

    @Test
    void showsServerAndStatementOfAServersError() {
        String statement = "SELECT pg_catalog.pg_switch_wal(),\n     " + "1, ".repeat(100) + "1";
        Cli.Result result =
                fail(new PgException(DB, statement, new SQLException("boom", "55P03")), "status");
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err())
                .startsWith(
                        """
                        relevo: error: boom
                        DETAIL: Server db:5432/shop, SQLSTATE 55P03.
                        \tStatement: SELECT pg_catalog.pg_switch_wal(), 1, 1,\
                        """)
                .contains("…");
        assertThat(result.err().lines().mapToInt(String::length).max().orElse(0)).isLessThan(200);
    }

    @Test
    void neverShowsAPassword() {
        String[] statements = {
            "ALTER ROLE replicator PASSWORD 'hunter2'",
            "CREATE SUBSCRIPTION s CONNECTION 'host=a password=hunter2' PUBLICATION p"
        };
        for (String statement : statements) {
            SQLException error = new SQLException("failed: " + statement, "42601");
            RuntimeException failure = new PgException(DB, statement, error);
            Cli.Result result = fail(failure, "start", "--json", "--debug");
            assertThat(result.err()).contains("not shown").contains("at dev.relevo.cli");
            assertThat(result.err() + result.out()).doesNotContain("hunter2");
        }
    }

    @Test
    void theUnforeseenIsOneLineAndTracedOnDemandOnly() {
        Cli.Result result = fail(new IllegalStateException("what\nnow"), "status");
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err())
                .startsWith("relevo: error: unforeseen: IllegalStateException: what\nHINT: Run")
                .contains("--debug")
                .doesNotContain("\tat ");
        cli.demo =
                () -> {
                    throw new LinkageError("half a jar");
                };
        assertThat(cli.run("demo").err()).startsWith("relevo: error: unforeseen: LinkageError");
        assertThat(fail(new IllegalStateException("x"), "status", "--debug").err())
                .contains("\tat dev.relevo.cli");
    }
}
