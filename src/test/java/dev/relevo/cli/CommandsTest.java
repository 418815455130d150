package dev.relevo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.check.Finding.Severity;
import dev.relevo.copy.Standing;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.replication.Pace;
import dev.relevo.replication.SlotHealth;
import dev.relevo.upgrade.Settings;
import dev.relevo.upgrade.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What each command says and ends with. */
final class CommandsTest {
    @TempDir private Path directory;
    private Cli cli = new Cli(Path.of(""));
    private final Answers answers = new Answers();

    @BeforeEach
    void here() {
        cli = new Cli(directory);
        cli.commands = answers;
    }

    private static JsonNode json(Cli.Result result) {
        return JsonMapper.shared().readTree(result.out());
    }

    @Test
    void checkShowsErrorsFirstAndEndsWithThree() {
        answers.findings =
                List.of(
                        Answers.finding(Severity.NOTICE, "locale"),
                        Answers.finding(Severity.WARNING, "minor-version"),
                        Answers.finding(Severity.ERROR, "wal-level"));
        Cli.Result result = cli.run("check");
        assertThat(result.status()).isEqualTo(3);
        assertThat(result.out())
                .startsWith(
                        """
                        ERROR: wal-level is wrong  [wal-level]
                        DETAIL: It was seen.
                        HINT: Mend it.
                        """)
                .contains("WARNING: minor")
                .contains("NOTICE: locale")
                .endsWith("1 error, 1 warning: mend the errors, then check again\n");
        Cli.Result document = cli.run("check", "--json");
        assertThat(document.status()).isEqualTo(3);
        assertThat(json(document).at("/errors").asInt()).isEqualTo(1);
        assertThat(json(document).at("/findings/0/severity").asString()).isEqualTo("notice");
    }

    @Test
    void checkWithoutErrorsEndsWithZero() {
        answers.findings = List.of(Answers.finding(Severity.WARNING, "minor-version"));
        Cli.Result result = cli.run("check");
        assertThat(result.status()).isZero();
        assertThat(result.out()).endsWith("ready for relevo start\n");
    }

    @Test
    void planIsAnSqlScript() {
        Cli.Result result = cli.run("plan");
        assertThat(result.status()).isZero();
        assertThat(result.out())
                .endsWith(
                        """

                        -- 1. start: create the roles  [roles, done]
                        -- new:
                        -- CREATE ROLE app;
                        -- CREATE ROLE web;

                        -- 2. start: copy the schema  [schema]
                        -- local:
                        -- pg_dump --schema-only
                        --   | psql
                        -- old:
                        SELECT 1;
                        """);
        assertThat(json(cli.run("plan", "--json")).at("/steps/1/statements/1/where").asString())
                .isEqualTo("old");
    }

    @Test
    void startTellsEachStepOnErrorOutputAndTheResultOnOutput() {
        Cli.Result result = cli.run("start");
        assertThat(result.status()).isZero();
        assertThat(result.out())
                .isEqualTo(
                        "The new server follows the old one. Next: relevo status, relevo switch\n");
        assertThat(result.err())
                .containsSubsequence(
                        "[ 1/2] create the roles",
                        "done before",
                        "3 roles",
                        "[ 2/2] copy the tables",
                        "1.2 s",
                        "7 tables");
        assertThat(cli.run("start", "--quiet").err()).isEmpty();
        JsonNode document = json(cli.run("start", "--json"));
        assertThat(document.at("/steps/0/outcome").asString()).isEqualTo("found");
        assertThat(document.at("/steps/1/ms").asDouble()).isEqualTo(1_234);
    }

    @Test
    void syncIsAScriptWithWhatWasLeft() {
        Cli.Result dry = cli.run("sync", "--dry-run");
        assertThat(dry.status()).isZero();
        assertThat(answers.called).containsExactly("sync --dry-run");
        assertThat(dry.out())
                .isEqualTo(
                        """
                        -- on the new server:
                        ALTER ROLE "app" PASSWORD '********';

                        note: role web stays
                        Nothing was changed. relevo sync would run 1 statement on the new server.
                        """);
        assertThat(cli.run("sync").out()).endsWith("Carried to the new server by 1 statement.\n");
        JsonNode document = json(cli.run("sync", "--json"));
        assertThat(document.at("/to").asString()).isEqualTo("new");
        assertThat(document.at("/dryRun").asBoolean()).isFalse();
        assertThat(document.at("/statements/0/where").asString()).isEqualTo("new");
        assertThat(document.at("/notes/0").asString()).isEqualTo("role web stays");
    }

    @Test
    void statusFitsOnAScreen() {
        Cli.Result result = cli.run("status");
        assertThat(result.out())
                .contains("Phase     following")
                .contains("Serving   the old server")
                .contains("old:5432/shop")
                .contains("16.15")
                .contains("old → new, 12 kB behind (0.1 s)")
                .contains("6 of 7 tables")
                .contains("ann@ops")
                .endsWith("Next      relevo switch\n");
        assertThat(result.out().lines()).hasSizeLessThan(24);
        JsonNode document = json(cli.run("status", "--json"));
        assertThat(document.at("/phase").asString()).isEqualTo("following");
        assertThat(document.at("/old/clients").asInt()).isEqualTo(20);
        assertThat(document.at("/replication/lagBytes").asLong()).isEqualTo(12_345);
    }

    @Test
    void statusOfAServerThatDoesNotAnswerEndsWith4AndShowsWhy() {
        answers.phase = Status.Phase.UNKNOWN;
        answers.trouble =
                Optional.of(
                        new Problem(
                                ExitStatus.CONNECTION,
                                "not-listening",
                                "new:5432 refuses",
                                "Connection refused",
                                "Start it."));
        Cli.Result result = cli.run("status");
        assertThat(result.status()).isEqualTo(4);
        assertThat(result.out())
                .contains("unknown: a server does not answer")
                .contains("the new server: new:5432 refuses\n\tConnection refused\n\tStart it.")
                .doesNotContain("interrupted");
        Cli.Result document = cli.run("status", "--json");
        assertThat(document.status()).isEqualTo(4);
        assertThat(json(document).at("/phase").asString()).isEqualTo("unknown");
        assertThat(json(document).at("/old/error").isNull()).isTrue();
        assertThat(json(document).at("/new/error/code").asString()).isEqualTo("not-listening");
    }

    @Test
    void statusForMonitoringIsOneLineAndZeroOneOrTwo() {
        Cli.Result well = cli.run("status", "--check", "--max-lag", "1MB");
        assertThat(well.status()).isZero();
        assertThat(well.out())
                .isEqualTo(
                        "relevo OK - following, 12 kB behind (0.1 s), slots keep 16 MB |"
                                + " lag_bytes=12345 lag_seconds=0.1 retained_bytes=16777216\n");
        for (String[] limit :
                List.of(
                        new String[] {"--max-lag", "64kB", "0"},
                        new String[] {"--max-lag", "50ms", "1"},
                        new String[] {"--max-retained", "1MB", "1"},
                        new String[] {"--max-retained", "1GB", "0"})) {
            Cli.Result result = cli.run("status", "--check", limit[0], limit[1]);
            assertThat(result.status()).as(limit[1]).isEqualTo(Integer.parseInt(limit[2]));
            assertThat(result.out().lines()).hasSize(1);
        }
        answers.subscriptions =
                List.of(
                        Answers.subscription(
                                "relevo_new", 1_024, 0.1, false, 2_048, Pace.unknown(1_024)));
        assertThat(cli.run("status", "--check").status()).isEqualTo(2);
        answers.phase = Status.Phase.UNKNOWN;
        assertThat(cli.run("status", "--check").status()).isEqualTo(2);
        assertThat(cli.run("status", "--check").out()).startsWith("relevo CRITICAL - unknown");
        assertThat(cli.run("status", "--max-lag", "1MB").status()).isEqualTo(2);
        assertThat(cli.run("status", "--check", "--json").err()).contains("--check");
    }

    private void keep(long retained) {
        answers.subscriptions =
                List.of(
                        Answers.subscription(
                                "relevo_new", 1, 0.1, true, retained, Pace.unknown(1)));
    }

    @Test
    void slotsThatKeepTooMuchAreToldInEveryForm() {
        keep(11L << 30);
        assertThat(cli.run("status", "--check").status()).isEqualTo(1);
        assertThat(cli.run("status", "--check").out()).contains("more write-ahead log than 10 GB");
        assertThat(cli.run("status").out()).contains("relevo abort frees it");
        assertThat(json(cli.run("status", "--json")).at("/retainsTooMuch").asBoolean()).isTrue();
        assertThat(cli.run("status", "--max-retained", "1TB").out()).doesNotContain("Warning");
        answers.databaseBytes = 200L << 30;
        assertThat(cli.run("status", "--check").status()).isZero();
        assertThat(json(cli.run("status", "--json")).at("/maxRetainedBytes").asLong())
                .isEqualTo(20L << 30);
        assertThat(cli.run("status", "--check", "--max-retained", "512MB").status()).isEqualTo(1);
        for (String wrong : List.of("10", "10gb", "-1GB", "1.5GB", "1234567GB", "")) {
            assertThat(cli.run("status", "--max-retained", wrong).status()).as(wrong).isEqualTo(2);
        }
    }

    @Test
    void aSlotThatLosesItsLogIsCritical() {
        Status.Subscription well = Answers.subscription("a", 1, 0.1, true, 1, Pace.unknown(1));
        for (String walStatus : List.of("lost", "unreserved", "extended", "reserved")) {
            answers.subscriptions =
                    List.of(
                            new Status.Subscription(
                                    well.name(),
                                    1,
                                    0.1,
                                    well.worker(),
                                    Optional.empty(),
                                    1,
                                    Optional.of(
                                            new SlotHealth(
                                                    Optional.of(walStatus),
                                                    Optional.empty(),
                                                    Optional.empty(),
                                                    true)),
                                    well.pace()));
            answers.problems = List.of("something is wrong");
            assertThat(cli.run("status", "--check").status())
                    .as(walStatus)
                    .isEqualTo(walStatus.matches("lost|unreserved") ? 2 : 1);
        }
    }

    @Test
    void onlyTheWayBackIsGivenUpAndOnlyWhenItsPriceIsExceeded() {
        keep(2L << 30);
        Cli.Result forward = cli.run("status", "--check", "--give-up-at", "1GB");
        assertThat(forward.status()).isEqualTo(2);
        assertThat(forward.out()).contains("is not given up by itself").contains("relevo abort");
        answers.serving = "new";
        answers.phase = Status.Phase.SWITCHED;
        assertThat(cli.run("status", "--check", "--give-up-at", "2GB").status()).isZero();
        assertThat(answers.called).doesNotContain("give up");
        Cli.Result given = cli.run("status", "--check", "--give-up-at", "1GB");
        assertThat(given.status()).isEqualTo(2);
        assertThat(given.out()).contains("the way back was given up");
        assertThat(answers.called).containsOnlyOnce("give up");
        keep(0);
        answers.givenUp = Optional.of("the way back was given up at noon");
        assertThat(cli.run("status", "--check", "--give-up-at", "1GB").status()).isEqualTo(1);
        assertThat(cli.run("status").out()).contains("given up at noon");
        assertThat(cli.run("status", "--give-up-at", "1GB").err()).contains("again and again");
    }

    @Test
    void statusTellsEachSubscriptionAndTheFarthestBehind() {
        answers.subscriptions =
                List.of(
                        Answers.subscription(
                                "relevo_new", 1_024, 0.1, true, 2_048, Pace.unknown(1_024)),
                        Answers.subscription(
                                "relevo_new_2", 12_288, 0.5, false, 16_384, Pace.unknown(12_288)));
        assertThat(cli.run("status").out())
                .contains("old → new, 12 kB behind (0.5 s), the apply worker does not run\n")
                .contains("relevo_new: 1.0 kB behind (0.1 s)\n")
                .contains("relevo_new_2: 12 kB behind (0.5 s), its apply worker does not run\n")
                .contains("Retained  16 kB of WAL by the slots");
        JsonNode document = json(cli.run("status", "--json"));
        assertThat(document.at("/replication/lagBytes").asLong()).isEqualTo(12_288);
        assertThat(document.at("/replication/subscriptions/1/name").asString())
                .isEqualTo("relevo_new_2");
    }

    @Test
    void statusForetellsWhenItWillHaveCaughtUpOfEachAndTheWorstOfAll() {
        Pace soon = pace(30 << 20, 1 << 20, 11 << 20);
        Pace never = pace(20 << 20, 1 << 20, 1 << 19);
        answers.subscriptions =
                List.of(
                        Answers.subscription("relevo_new", 30 << 20, 2, true, 0, soon),
                        Answers.subscription("relevo_new_2", 20 << 20, 9, true, 0, never));
        assertThat(cli.run("status").out())
                .contains(
                        "Forecast  1.0 MB/s written, 512 kB/s applied: falls behind by 512 kB/s: it will"
                                + " not catch up\n\tLess load, or more subscriptions from the start: see"
                                + " docs/apply.md.\n")
                .contains(
                        "relevo_new: 30 MB behind (2.0 s), 1.0 MB/s written, 11 MB/s applied: caught up"
                                + " in about 3 s\n");
        JsonNode document = json(cli.run("status", "--json")).at("/replication");
        assertThat(document.at("/forecast").asString()).isEqualTo("falls-behind");
        assertThat(document.at("/secondsLeft").isNull()).isTrue();
        assertThat(document.at("/writtenBytesPerSecond").asLong()).isEqualTo(1 << 20);
        assertThat(document.at("/appliedBytesPerSecond").asLong()).isEqualTo(1 << 19);
        assertThat(document.at("/measuredSeconds").asDouble()).isEqualTo(10);
        assertThat(document.at("/subscriptions/0/forecast").asString()).isEqualTo("catches-up");
        assertThat(document.at("/subscriptions/0/secondsLeft").asDouble()).isEqualTo(3);
    }

    @Test
    void statusSaysWhatIsUnknownAndForetellsNothingOfAServerThatKeepsUp() {
        assertThat(cli.run("status").out()).doesNotContain("Forecast");
        JsonNode close = json(cli.run("status", "--json")).at("/replication");
        assertThat(close.at("/forecast").asString()).isEqualTo("keeps-up");
        assertThat(close.at("/writtenBytesPerSecond").isNull()).isTrue();
        Pace unknown = Pace.unknown(1 << 20);
        answers.subscriptions =
                List.of(Answers.subscription("relevo_new", 1 << 20, 0.1, true, 0, unknown));
        assertThat(cli.run("status").out())
                .contains("Forecast  when it will have caught up is unknown\n");
        assertThat(json(cli.run("status", "--json")).at("/replication/forecast").asString())
                .isEqualTo("unknown");
    }

    private static Pace pace(long behind, double written, double applied) {
        return new Pace(
                behind, Optional.of(new Pace.Rates(written, applied, Duration.ofSeconds(10))));
    }

    @Test
    void statusShowsHowFarTheCopyIs() {
        assertThat(json(cli.run("status", "--json")).at("/copy").isNull()).isTrue();
        Standing at =
                new Standing(
                        3L << 30,
                        1L << 30,
                        Optional.of(9_000L),
                        4_500,
                        8,
                        3,
                        15,
                        1,
                        100 << 20,
                        4,
                        List.of(
                                new Standing.Building(
                                        "shop.orders",
                                        "building index: scanning table",
                                        "CREATE INDEX by_day ON shop.orders (day)",
                                        40,
                                        80)));
        answers.copy = Optional.of(new Status.Copy(at, true, 5L << 20));
        assertThat(cli.run("status").out())
                .contains("Copy      33 %, 1.0 GB of 3.0 GB, 100 MB/s, about 20")
                .contains("Rows      4 500 of about 9 000, 3 of 8 tables\n")
                .contains("Indexes   1 of 15\n")
                .contains(
                        "CREATE INDEX by_day ON shop.orders (day): building index: scanning table,"
                                + " 50 %\n")
                .contains("Workers   4\n")
                .containsOnlyOnce("Retained  ")
                .doesNotContain("Problem");
        JsonNode copy = json(cli.run("status", "--json")).at("/copy");
        assertThat(copy.at("/bytes").asLong()).isEqualTo(1L << 30);
        assertThat(copy.at("/rowsTotal").asLong()).isEqualTo(9_000);
        assertThat(copy.at("/secondsLeft").asLong()).isEqualTo(20);
        assertThat(copy.at("/building/0/total").asLong()).isEqualTo(80);
        answers.copy = Optional.of(new Status.Copy(at, false, 0));
        assertThat(cli.run("status").out()).contains("begins the copy anew");
    }

    @Test
    void copyWorkerTellsItsShare() {
        assertThat(cli.run("copy-worker", "--jobs", "3", "--max-rate", "5MB").out())
                .isEqualTo(
                        "Copied 3 chunks (1 234 rows, 5.0 MB) and built 1 index. No piece of the copy"
                                + " is left.\n");
        assertThat(cli.seen.getLast().jobs()).isEqualTo(3);
        assertThat(cli.seen.getLast().maxRate()).isEqualTo(5 << 20);
        assertThat(json(cli.run("copy-worker", "--json")).at("/rows").asInt()).isEqualTo(1_234);
    }

    @Test
    void switchShowsWhereTheTimeWent() {
        Cli.Result result = cli.run("switch", "--yes");
        assertThat(result.status()).isZero();
        assertThat(result.err()).containsSubsequence("gate", "drain");
        assertThat(result.out()).contains("old → new: clients held 71 ms at most").contains("█");
        JsonNode document = json(cli.run("switch", "--yes", "--json"));
        assertThat(document.propertyNames())
                .containsExactly("from", "to", "drainMs", "heldMs", "totalMs", "steps");
        assertThat(document.at("/heldMs").asDouble()).isEqualTo(71.3);
        assertThat(json(cli.run("rollback", "--yes", "--json"))).isEqualTo(document);
    }

    @Test
    void switchAsksOnATerminal() {
        assertThat(cli.typing("y").run("switch").status()).isZero();
        assertThat(answers.called).contains("switch");
        answers.called.clear();
        for (String no : List.of("n", "", "what")) {
            Cli.Result result = cli.typing(no).run("rollback");
            assertThat(result.status()).isEqualTo(2);
            assertThat(result.err()).contains("[y/N]").contains("not confirmed");
        }
        assertThat(cli.typing().run("switch").status()).isEqualTo(2);
        assertThat(answers.called).isEmpty();
    }

    @Test
    void withoutATerminalYesIsNeededBeforeAnythingIsDone() {
        for (String command : List.of("switch", "rollback", "upgrade")) {
            Cli.Result result = cli.run(command);
            assertThat(result.status()).isEqualTo(2);
            assertThat(result.err()).contains("there is no terminal").contains("--yes");
        }
        assertThat(answers.called).isEmpty();
    }

    @Test
    void upgradeIsCheckStartAndSwitchWithOneQuestion() {
        Cli.Result result = cli.typing("yes").run("upgrade", "--json");
        assertThat(result.status()).isZero();
        assertThat(answers.called).containsExactly("check", "start", "switch");
        assertThat(json(result).propertyNames()).containsExactly("check", "start", "switch");
    }

    @Test
    void upgradeStopsAtAnError() {
        answers.findings = List.of(Answers.finding(Severity.ERROR, "wal-level"));
        Cli.Result result = cli.run("upgrade", "--yes");
        assertThat(result.status()).isEqualTo(3);
        assertThat(result.out()).contains("wal-level is wrong");
        assertThat(answers.called).containsExactly("check");
    }

    @Test
    void finishAndAbortLeaveNothing() {
        assertThat(cli.run("finish", "--yes").out()).contains("the new server serves alone");
        Cli.Result result = cli.run("abort", "-y");
        assertThat(result.status()).isZero();
        assertThat(result.err()).contains("undone").contains("copy the tables");
        assertThat(answers.called).containsExactly("finish", "abort");
    }

    @Test
    void aServerThatIsGoneNeedsNoAddress() {
        cli.environment.remove("RELEVO_NEW");
        assertThat(cli.run("abort", "-y").err()).contains("--new");
        assertThat(cli.run("abort", "--new-is-gone", "-y").out()).contains("on the old server");
        assertThat(cli.seen.getLast().newServer()).isEqualTo(Settings.NOT_GIVEN);
        cli.environment.put("RELEVO_NEW", "host=new");
        cli.environment.remove("RELEVO_OLD");
        assertThat(cli.run("finish", "-y").status()).isEqualTo(2);
        assertThat(cli.run("finish", "--old-is-gone", "-y").status()).isZero();
        assertThat(answers.called).containsExactly("without new", "without old");
        assertThat(cli.run("finish", "--new-is-gone", "-y").status()).isEqualTo(2);
        assertThat(cli.run("finish", "--old-is-gone").status()).isEqualTo(2);
        assertThat(cli.typing("n").run("finish", "--old-is-gone").err()).contains("gives old up");
    }
}
