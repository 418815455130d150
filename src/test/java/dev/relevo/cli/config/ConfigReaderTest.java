package dev.relevo.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfigReaderTest {
    @TempDir private Path directory;

    private Config read(String text) throws IOException {
        return ConfigReader.read(Files.writeString(directory.resolve("relevo.yaml"), text));
    }

    private Problem refused(String text) {
        ProblemException thrown = catchThrowableOfType(ProblemException.class, () -> read(text));
        assertThat(thrown).isNotNull();
        assertThat(thrown.problem().status()).isEqualTo(ExitStatus.USAGE);
        return thrown.problem();
    }

    @Test
    void readsEveryKey() throws IOException {
        Config config =
                read(
                        """
                        old: postgresql://postgres@a/shop
                        new: "host=b dbname=shop"
                        old_from_new: host=10.0.0.1
                        new_from_old: host=10.0.0.2
                        jobs: 8
                        subscriptions: 4
                        max_rate: 50MB
                        handover:
                          drain_timeout: 7s
                          force_drain: true
                          catch_up_timeout: 1min
                          overlap: 0
                        """);
        assertThat(config)
                .isEqualTo(
                        new Config(
                                "postgresql://postgres@a/shop",
                                "host=b dbname=shop",
                                "host=10.0.0.1",
                                "host=10.0.0.2",
                                8,
                                4,
                                50L << 20,
                                Duration.ofSeconds(7),
                                true,
                                Duration.ofMinutes(1),
                                Duration.ZERO));
    }

    @Test
    void whatIsEmptySaysNothing() throws IOException {
        assertThat(read("")).isEqualTo(Config.EMPTY);
        assertThat(read("# only a comment\n")).isEqualTo(Config.EMPTY);
        assertThat(read("old:\nhandover:\n")).isEqualTo(Config.EMPTY);
    }

    @Test
    void refusesUnknownKeysWithKeyAndLine() {
        Problem top = refused("old: host=a\n\nnwe: host=b\n");
        assertThat(top.message()).endsWith("relevo.yaml line 3: unknown key \"nwe\"");
        assertThat(top.hint()).contains("old_from_new");
        Problem below = refused("handover:\n  drain: 5s\n");
        assertThat(below.message()).endsWith("line 2: unknown key \"handover.drain\"");
        assertThat(below.hint()).contains("drain_timeout");
    }

    @Test
    void refusesValuesItCannotReadWithTheirLine() {
        assertThat(refused("jobs: many\n").message()).endsWith("line 1: jobs cannot be read");
        Problem time = refused("handover:\n  force_drain: no\n  overlap: 200\n");
        assertThat(time.message()).endsWith("line 3: handover.overlap cannot be read");
        assertThat(time.hint()).contains("200ms");
        assertThat(refused("handover: {force_drain: perhaps}").hint()).contains("true or false");
    }

    @Test
    void refusesAKeyGivenTwice() {
        assertThat(refused("old: host=a\nold: host=b\n").message()).contains("line 2");
    }

    @Test
    void refusesPasswordsWithoutShowingThem() {
        for (String conninfo :
                new String[] {
                    "postgresql://me:s3cret@a/shop", "host=a password=s3cret", "'password = s3cret'"
                }) {
            Problem problem = refused("\nold: " + conninfo + "\n");
            assertThat(problem.message()).endsWith("line 2: old holds a password");
            assertThat(problem.hint()).contains("~/.pgpass");
            assertThat(problem.toString()).doesNotContain("s3cret");
        }
    }

    @Test
    void refusesWhatIsNotYamlWithoutQuotingIt() {
        Problem problem = refused("old: host=a\nnew: 'password=s3cret\n");
        assertThat(problem.message()).contains("not valid YAML");
        assertThat(problem.toString()).doesNotContain("s3cret");
        assertThat(refused("- old\n").message()).contains("line 1");
        assertThat(refused("old: [a, b]\n").message()).contains("single value");
    }

    @Test
    void saysWhenThereIsNoFile() {
        ProblemException thrown =
                catchThrowableOfType(
                        ProblemException.class,
                        () -> ConfigReader.read(directory.resolve("other.yaml")));
        assertThat(thrown.problem().message()).contains("cannot read").contains("other.yaml");
    }
}
