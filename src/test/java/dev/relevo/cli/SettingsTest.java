package dev.relevo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.handover.Limits;
import dev.relevo.upgrade.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where settings come from, seen through the command line. */
final class SettingsTest {
    @TempDir private Path directory;
    private Cli cli = new Cli(Path.of(""));

    @BeforeEach
    void here() throws IOException {
        cli = new Cli(directory);
        cli.environment.clear();
        Files.writeString(
                directory.resolve("relevo.yaml"),
                """
                old: host=file-old
                new: host=file-new
                jobs: 2
                subscriptions: 3
                max_rate: 10MB
                handover:
                  drain_timeout: 9s
                  overlap: 1s
                """);
    }

    private Settings run(String... args) {
        Cli.Result result = cli.run(args);
        assertThat(result.err()).isEmpty();
        assertThat(result.status()).isZero();
        return cli.seen.getLast();
    }

    @Test
    void theFileIsReadWhenNobodyElseSpeaks() {
        Settings settings = run("switch", "--yes", "--quiet");
        assertThat(settings.oldServer().host()).isEqualTo("file-old");
        assertThat(settings.newServer().host()).isEqualTo("file-new");
        assertThat(settings.jobs()).isEqualTo(2);
        assertThat(settings.subscriptions()).isEqualTo(3);
        assertThat(settings.maxRate()).isEqualTo(10 << 20);
        assertThat(settings.handover().drain()).isEqualTo(Duration.ofSeconds(9));
        assertThat(settings.handover().catchUp()).isEqualTo(Limits.DEFAULT.catchUp());
    }

    @Test
    void theDatabaseIsTheSameWhoeverConnectsToTheServer() throws IOException {
        Files.writeString(
                directory.resolve("relevo.yaml"),
                """
                old: host=a
                new: host=b
                old_from_new: host=10.0.0.1
                new_from_old: host=10.0.0.2
                """);
        Settings settings = run("switch", "--yes", "--quiet");
        assertThat(settings.oldSeenFromNew())
                .hasValueSatisfying(old -> {
                    assertThat(old.host()).isEqualTo("10.0.0.1");
                    assertThat(old.database()).isEqualTo("shop");
                });
        assertThat(settings.newSeenFromOld())
                .hasValueSatisfying(fresh -> assertThat(fresh.database()).isEqualTo("shop"));
    }

    @Test
    void theEnvironmentWinsOverTheFile() {
        cli.environment.put("RELEVO_OLD", "host=env-old");
        cli.environment.put("RELEVO_NEW", "");
        Settings settings = run("check");
        assertThat(settings.oldServer().host()).isEqualTo("env-old");
        assertThat(settings.newServer().host()).isEqualTo("file-new");
    }

    @Test
    void anOptionWinsOverAll() {
        cli.environment.put("RELEVO_OLD", "host=env-old");
        Settings settings =
                run(
                        "upgrade",
                        "--old=host=option-old",
                        "--jobs=7",
                        "--subscriptions=4",
                        "--max-rate=0",
                        "--drain-timeout=1s",
                        "--force-drain",
                        "--yes",
                        "--quiet");
        assertThat(settings.oldServer().host()).isEqualTo("option-old");
        assertThat(settings.jobs()).isEqualTo(7);
        assertThat(settings.subscriptions()).isEqualTo(4);
        assertThat(settings.maxRate()).isZero();
        assertThat(settings.handover())
                .isEqualTo(
                        new Limits(
                                Duration.ofSeconds(1),
                                true,
                                Limits.DEFAULT.catchUp(),
                                Duration.ofSeconds(1)));
    }

    @Test
    void anotherFileIsReadInsteadNotAsWell() throws IOException {
        Files.writeString(directory.resolve("other.yaml"), "old: host=a\nnew: host=b\n");
        Settings settings = run("check", "--config", "other.yaml");
        assertThat(settings.oldServer().host()).isEqualTo("a");
        assertThat(settings.jobs()).isEqualTo(Settings.AUTOMATIC);
    }

    @Test
    void aMissingServerIsAUsageErrorThatSaysWhereToNameIt() throws IOException {
        Files.delete(directory.resolve("relevo.yaml"));
        Cli.Result result = cli.run("check", "--old", "host=a");
        assertThat(result.status()).isEqualTo(2);
        assertThat(result.err())
                .isEqualTo(
                        """
                        relevo: error: no connection string for the new server
                        HINT: Give --new, set RELEVO_NEW, or write "new:" into relevo.yaml; \
                        relevo init writes one to begin with.
                        """);
    }

    @Test
    void aPasswordOnTheCommandLineIsWarnedOf() {
        Cli.Result result = cli.run("check", "--old", "host=a password=hunter2");
        assertThat(result.status()).isZero();
        assertThat(result.err())
                .contains("relevo: warning: the connection string of --old holds a password")
                .doesNotContain("hunter2");
    }
}
