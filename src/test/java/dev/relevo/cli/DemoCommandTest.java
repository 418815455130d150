package dev.relevo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.lab.Demo;
import dev.relevo.lab.DemoOptions;
import dev.relevo.lab.DemoReport;
import dev.relevo.lab.LoadKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class DemoCommandTest {
    @TempDir private Path directory;
    private Cli cli = new Cli(Path.of(""));
    private final List<DemoOptions> seen = new ArrayList<>();
    private DemoReport report = report("pgbench", 0, 0);

    private static DemoReport report(String load, long failed, long lost) {
        return new DemoReport(
                "14.24",
                "16.15",
                load,
                20,
                12_345,
                failed,
                lost,
                0,
                0,
                true,
                236.04,
                226.5,
                List.of(),
                List.of(Answers.REPORT));
    }

    @BeforeEach
    void here() {
        cli = new Cli(directory);
        cli.demo = Fake::new;
    }

    private final class Fake implements Demo {
        @Override
        public DemoReport run(DemoOptions options, Audience audience) {
            seen.add(options);
            audience.began("start two servers");
            audience.moved("14 is up");
            audience.ended("start two servers", "14.24 and 16.15", Duration.ofMillis(2_100));
            return report;
        }

        @Override
        public void close() {}
    }

    @Test
    void parsesItsOptions() {
        cli.run("demo");
        cli.run(
                "demo",
                "--old=11",
                "--new",
                "18",
                "--scale=1",
                "--clients=3",
                "--jobs=2",
                "--seconds=9",
                "--rounds=6",
                "--load=POOL",
                "--subscriptions=4",
                "--reverse-hosts");
        assertThat(seen)
                .containsExactly(
                        new DemoOptions(
                                14,
                                16,
                                30,
                                20,
                                4,
                                Duration.ofSeconds(60),
                                1,
                                LoadKind.PGBENCH,
                                false,
                                1,
                                false),
                        new DemoOptions(
                                11,
                                18,
                                1,
                                3,
                                2,
                                Duration.ofSeconds(9),
                                6,
                                LoadKind.POOL,
                                false,
                                4,
                                true));
    }

    @Test
    void refusesWhatCannotBe() {
        assertThat(cli.run("demo", "--old=16", "--new=14").err()).contains("must be greater");
        assertThat(cli.run("demo", "--clients=0").status()).isEqualTo(2);
        assertThat(cli.run("demo", "--load=psql").status()).isEqualTo(2);
        assertThat(cli.run("demo", "--pause").err()).contains("--pause needs a terminal");
        assertThat(seen).isEmpty();
    }

    @Test
    void waitsForEnterBeforeEachStep() {
        Cli.Result result = cli.typing("").run("demo", "--pause");
        assertThat(result.status()).isZero();
        assertThat(result.err()).contains("Enter: start two servers");
        assertThat(cli.keyboard).isEmpty();
    }

    @Test
    void itsReportEndsWithTheVerdict() {
        Cli.Result result = cli.run("demo");
        assertThat(result.status()).isZero();
        assertThat(result.err()).containsSubsequence("start two servers", "2.1 s", "14.24 and");
        assertThat(result.out())
                .contains("14.24 → 16.15")
                .contains("12 345 transactions")
                .contains("█")
                .endsWith("0 failed, 0 lost, 0 doubled\n");
    }

    @Test
    void itsJsonHasExactlyTheKeysOfTheContract() {
        JsonNode document = JsonMapper.shared().readTree(cli.run("demo", "--json").out());
        assertThat(document.propertyNames())
                .containsExactly(
                        "old",
                        "new",
                        "load",
                        "clients",
                        "transactions",
                        "failed",
                        "lost",
                        "duplicated",
                        "unknownCommitted",
                        "balanced",
                        "baselineLongestMs",
                        "longestMs",
                        "handovers");
        assertThat(document.at("/handovers/0").propertyNames())
                .containsExactly("from", "to", "drainMs", "heldMs", "totalMs", "steps");
        assertThat(document.at("/handovers/0/steps/1").propertyNames())
                .containsExactly("name", "ms");
        assertThat(document.at("/baselineLongestMs").asDouble()).isEqualTo(236.0);
    }

    @Test
    void endsWithEightWhenThePromiseIsBroken() {
        report = report("pgbench", 1, 0);
        assertThat(cli.run("demo").status()).isEqualTo(8);
        report = report("jdbc", 0, 1);
        assertThat(cli.run("demo", "--json").status()).isEqualTo(8);
    }

    @Test
    void aPoolMayLoseEachConnectionOncePerHandover() {
        report = report("pool", 20, 0);
        assertThat(cli.run("demo").status()).isZero();
        report = report("pool", 21, 0);
        assertThat(cli.run("demo").status()).isEqualTo(8);
    }
}
