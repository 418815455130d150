package dev.relevo.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.pg.Session;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Percentage;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoadTest {
    private static final int SCALE = 1;

    @SuppressWarnings("NullAway.Init")
    private static Lab lab;

    /** Loads come and go by processes, on a machine that may have other work. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @BeforeAll
    static void start() {
        lab = Lab.start(ServerSpec.of(14).unsafe(), ServerSpec.empty(16).unsafe());
    }

    @AfterAll
    static void close() {
        lab.close();
    }

    @BeforeEach
    void fresh() {
        PgbenchTables.create(lab.server(0).application(), SCALE);
    }

    private static LoadSettings settings(int clients) {
        return LoadSettings.of(lab.servers().stream().map(LabServer::application).toList())
                .with(clients, 2);
    }

    private static Tally tally(LoadReport report) {
        return Tally.of(lab.server(0).application(), report.acknowledged());
    }

    private static Session session() {
        return lab.server(0).application().open("test", Map.of("search_path", "public"));
    }

    /** Some hundred milliseconds of a load that must get through {@code transactions} of them. */
    private static LoadReport run(LoadKind kind, int transactions) {
        try (Load load = Load.start(kind, lab, settings(4))) {
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> load.counters().committed() >= transactions);
            LoadReport report = load.stop();
            assertThat(load.counters()).isEqualTo(report.counters());
            return report;
        }
    }

    @ParameterizedTest
    @EnumSource(LoadKind.class)
    void historyAgreesWithWhatClientsSaw(LoadKind kind) {
        Instant begin = Instant.now();
        LoadReport report = run(kind, 100);
        assertThat(report.complaints()).isEmpty();
        assertThat(report.counters().failed()).isZero();
        assertThat(report.counters().unknown()).isZero();
        assertThat(report.latencies().count()).isEqualTo((int) report.counters().committed());
        assertThat(report.latencies().longestMs(begin, Instant.now()))
                .isPositive()
                .isCloseTo(report.latencies().longestMs(), within());
        assertThat(report.latencies().longestMs(begin.minusSeconds(9), begin.minusSeconds(5)))
                .isZero();
        Tally tally = tally(report);
        assertThat(tally.clean()).isTrue();
        assertThat(tally.rows()).isEqualTo(report.counters().committed());
        assertThat(tally.balance().holds()).isTrue();
        assertThat(tally.unknownCommitted()).isZero();
    }

    private static Percentage within() {
        return Percentage.withPercentage(1);
    }

    @Test
    void findsLostAndDoubledTransactionsOfPgbench() {
        LoadReport report = run(LoadKind.PGBENCH, 20);
        try (Session session = session()) {
            session.execute(
                    "DELETE FROM pgbench_history WHERE ctid = (SELECT min(ctid::text)::tid FROM"
                            + " pgbench_history)");
        }
        assertThat(tally(report)).extracting(Tally::lost, Tally::clean).containsExactly(1L, false);
        try (Session session = session()) {
            session.execute("INSERT INTO pgbench_history SELECT * FROM pgbench_history LIMIT 2");
        }
        assertThat(tally(report))
                .extracting(Tally::lost, Tally::duplicated)
                .containsExactly(0L, 1L);
    }

    @Test
    void findsATransactionThatIsLostAndAnotherThatIsDoubled() {
        LoadReport report = run(LoadKind.POOL, 20);
        try (Session session = session()) {
            session.execute(
                    """
                    DELETE FROM pgbench_history
                     WHERE filler = (SELECT min(filler) FROM pgbench_history);
                    INSERT INTO pgbench_history SELECT * FROM pgbench_history
                     WHERE filler = (SELECT max(filler) FROM pgbench_history)
                    """);
        }
        Tally tally = tally(report);
        assertThat(tally.rows()).isEqualTo(report.counters().committed());
        assertThat(List.of(tally.lost(), tally.duplicated(), tally.unknownCommitted()))
                .containsExactly(1L, 1L, 0L);
    }

    @ParameterizedTest
    @EnumSource(LoadKind.class)
    void countsWhatFailsWhenTheServerRestarts(LoadKind kind) {
        LabServer server = lab.server(0);
        LoadReport report;
        try (Load load = Load.start(kind, lab, settings(4))) {
            Awaitility.await().atMost(PATIENCE).until(() -> load.counters().committed() > 50);
            server.stop(LabServer.StopMode.FAST);
            server.start();
            if (kind != LoadKind.PGBENCH) {
                long before = load.counters().committed();
                Awaitility.await()
                        .atMost(PATIENCE)
                        .until(() -> load.counters().committed() > before + 20);
            }
            report = load.stop();
        }
        assertThat(report.counters().failed() + report.counters().unknown()).isPositive();
        assertThat(report.complaints()).isNotEmpty();
        Tally tally = tally(report);
        assertThat(tally.lost()).isZero();
        assertThat(tally.duplicated()).isZero();
        assertThat(tally.balance().holds()).isTrue();
    }
}
