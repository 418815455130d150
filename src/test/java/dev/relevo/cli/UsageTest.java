package dev.relevo.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class UsageTest {
    @TempDir private Path directory;
    private Cli cli = new Cli(Path.of(""));

    @BeforeEach
    void here() {
        cli = new Cli(directory);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "check",
                "plan",
                "start",
                "copy-worker",
                "status",
                "sync",
                "switch",
                "rollback",
                "finish",
                "abort",
                "upgrade",
                "init",
                "demo",
                "completion"
            })
    void everyCommandHasHelp(String command) {
        Cli.Result result = cli.run(command, "--help");
        assertThat(result.status()).isZero();
        assertThat(result.err()).isEmpty();
        assertThat(result.out()).startsWith("Usage: relevo " + command).contains("--json");
        assertThat(cli.run("help", command).out()).isEqualTo(result.out());
        assertThat(cli.run("--help").out()).contains("  " + command + " ");
    }

    @Test
    void tellsItsVersion() {
        assertThat(cli.run("--version").out()).matches("relevo \\d+\\.\\d+\\S* \\(Java \\d+\\)\\R");
    }

    @Test
    void aCommandIsNeeded() {
        Cli.Result result = cli.run();
        assertThat(result.status()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err())
                .isEqualTo(
                        """
                        relevo: error: a command is missing
                        HINT: Run relevo --help to see what there is.
                        """);
    }

    @Test
    void unknownOptionsAndCommandsAreUsageErrors() {
        Cli.Result option = cli.run("switch", "--drain-timout", "5s");
        assertThat(option.status()).isEqualTo(2);
        assertThat(option.err()).contains("Unknown option").contains("--drain-timeout");
        Cli.Result command = cli.run("swich");
        assertThat(command.status()).isEqualTo(2);
        assertThat(command.err()).contains("HINT: Did you mean switch");
    }

    @Test
    void optionsOfACommandMayStandInFrontOfIt() {
        assertThat(cli.run("--old", "host=a", "--new=host=b", "--json", "check").status()).isZero();
        assertThat(cli.seen.getLast().oldServer().host()).isEqualTo("a");
        assertThat(cli.seen.getLast().newServer().host()).isEqualTo("b");
        assertThat(
                        cli.run(
                                        "--yes",
                                        "--drain-timeout",
                                        "3s",
                                        "--old",
                                        "host=c",
                                        "switch",
                                        "--new",
                                        "host=d")
                                .status())
                .isZero();
        assertThat(cli.seen.getLast().oldServer().host()).isEqualTo("c");
        assertThat(cli.seen.getLast().newServer().host()).isEqualTo("d");
        assertThat(cli.seen.getLast().handover().drain()).hasSeconds(3);
    }

    @Test
    void optionsInFrontOfACommandThatDoesNotHaveThemAreRefused() {
        assertThat(cli.run("--old", "host=a", "init").status()).isEqualTo(2);
        assertThat(cli.run("--jobs", "3", "check").err()).contains("--jobs");
        assertThat(cli.run("--nonsense", "check").err()).contains("--nonsense");
        assertThat(cli.run("--old").status()).isEqualTo(2);
        assertThat(cli.run("--old", "check").status()).isEqualTo(2);
    }

    @Test
    void badValuesAreUsageErrorsAlsoInJson() {
        Cli.Result result = cli.run("switch", "--json", "--overlap", "200");
        assertThat(result.status()).isEqualTo(2);
        assertThat(result.err()).contains("is not a duration").contains("HINT: ");
        assertThat(result.out()).contains("\"code\" : \"usage\"").contains("\"status\" : 2");
        assertThat(cli.run("start", "--jobs", "0").status()).isEqualTo(2);
        assertThat(cli.run("start", "--subscriptions", "17").err())
                .contains("it must be a whole number from 1 to 16");
        assertThat(cli.run("start", "--max-rate", "50").err()).contains("is not a rate");
        assertThat(cli.run("status", "--watch", "--json").err()).contains("exclude each other");
    }

    @Test
    void aPasswordInAMisplacedArgumentIsNotRepeated() {
        Cli.Result result = cli.run("check", "postgresql://me:hunter2@host/db", "--debug");
        assertThat(result.status()).isEqualTo(2);
        assertThat(result.err()).contains("********").doesNotContain("hunter2");
    }

    @Test
    void completionIsValidBash() throws IOException, InterruptedException {
        Cli.Result result = cli.run("completion");
        assertThat(result.status()).isZero();
        assertThat(result.out()).contains("complete -F").contains("--drain-timeout");
        Path script = Files.writeString(directory.resolve("relevo.bash"), result.out());
        Process bash =
                new ProcessBuilder("bash", "-n", script.toString())
                        .redirectErrorStream(true)
                        .start();
        assertThat(new String(bash.getInputStream().readAllBytes(), UTF_8)).isEmpty();
        assertThat(bash.waitFor()).isZero();
    }

    @Test
    void initWritesAFileThatCanBeRead() throws IOException {
        assertThat(cli.run("init").status()).isZero();
        cli.environment.clear();
        assertThat(cli.run("check").status()).isZero();
        assertThat(cli.seen.getLast().oldServer().host()).contains("old.example");

        Cli.Result again = cli.run("init");
        assertThat(again.status()).isEqualTo(2);
        assertThat(again.err()).contains("relevo.yaml exists").contains("--force");
        assertThat(cli.run("init", "--force").status()).isZero();
        Files.writeString(
                directory.resolve("relevo.yaml"),
                InitCommand.template().replaceAll("(?m)^#(?=\\S)(?!# )", ""));
        assertThat(cli.run("check").status()).isZero();
        assertThat(cli.seen.getLast().oldSeenFromNew()).isPresent();
    }
}
