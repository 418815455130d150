package dev.relevo.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.pg.Lsn;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is foretold from two moments on the old server's clock. */
class PaceTest {
    private static final long MB = 1 << 20;

    private final PaceWindow window = new PaceWindow();

    @Test
    void foretellsFromWhatIsLeftAndHowMuchFasterItIsAppliedThanWritten() {
        at(0, 100 * MB, 0);
        Pace pace = at(10, 110 * MB, 50 * MB);
        assertThat(pace.behind()).isEqualTo(60 * MB);
        assertThat(pace.rates()).contains(new Pace.Rates(MB, 5.0 * MB, Duration.ofSeconds(10)));
        assertThat(pace.forecast()).isEqualTo(new Forecast.CatchesUp(Duration.ofSeconds(15)));
        assertThat(pace.text())
                .isEqualTo("1.0 MB/s written, 5.0 MB/s applied: caught up in about 15 s");
    }

    @Test
    void tellsByHowMuchItFallsBehind() {
        at(0, 10 * MB, 5 * MB);
        Pace pace = at(2, 16 * MB, 9 * MB);
        assertThat(pace.forecast()).isEqualTo(new Forecast.FallsBehind(MB));
        assertThat(pace.text())
                .isEqualTo(
                        "3.0 MB/s written, 2.0 MB/s applied: falls behind by 1.0 MB/s: it will not"
                                + " catch up");
        assertThat(pace.standsStill()).isFalse();
    }

    @Test
    void aWorkerThatStandsStillWhileNobodyWritesComesNoCloser() {
        at(0, 10 * MB, 0);
        Pace pace = at(5, 10 * MB, 0);
        assertThat(pace.forecast()).isEqualTo(new Forecast.Stays());
        assertThat(pace.standsStill()).isTrue();
        assertThat(pace.text()).endsWith("0 bytes/s applied: comes no closer");
    }

    @Test
    void saysUnknownUntilItWasMeasuredForLongEnough() {
        assertThat(at(0, 10 * MB, 0).forecast()).isEqualTo(new Forecast.Unknown());
        assertThat(at(0.4, 11 * MB, 0).forecast()).isEqualTo(new Forecast.Unknown());
        assertThat(at(0.4, 11 * MB, 0).text()).isEqualTo("when it will have caught up is unknown");
        // The sample of the same moment began anew: a clock that stands cannot be divided by.
        assertThat(at(0.8, 12 * MB, 0).rates()).isEmpty();
        assertThat(at(0.9, 12 * MB, 0).forecast()).isEqualTo(new Forecast.FallsBehind(2 * MB));
    }

    @Test
    void whatIsUnderWayAtFullSpeedIsNoLag() {
        at(0, 100 * MB, 92 * MB);
        assertThat(at(1, 110 * MB, 102 * MB).forecast()).isEqualTo(new Forecast.KeepsUp());
        assertThat(Pace.unknown(Pace.WORTH_A_FORECAST - 1).forecast())
                .isEqualTo(new Forecast.KeepsUp());
    }

    @Test
    void neverForetellsWhatNobodyCanForesee() {
        at(0, 1_000_000 * MB, 0);
        // 30 kB/s faster than it is written: 385 days.
        assertThat(at(10, 1_000_001 * MB, MB + 300_000).forecast()).isEqualTo(new Forecast.Stays());
    }

    @Test
    void rateThatDifferByLessThanCanBeMeasuredAreTheSame() {
        at(0, 1_000 * MB, 900 * MB);
        assertThat(at(10, 1_100 * MB, 999 * MB).forecast()).isEqualTo(new Forecast.Stays());
        assertThat(at(10.1, 1_101 * MB, 1_001 * MB).forecast()).isEqualTo(new Forecast.Stays());
    }

    @Test
    void forgetsWhatIsOlderThanItsWindow() {
        for (int second = 0; second <= 30; second++) {
            at(second, (100 + second) * MB, 0);
        }
        for (int second = 31; second <= 46; second++) {
            at(second, 130 * MB, (second - 30) * 2L * MB);
        }
        assertThat(at(47, 130 * MB, 34 * MB).rates().orElseThrow())
                .isEqualTo(new Pace.Rates(0, 2.0 * MB, Duration.ofSeconds(15)));
    }

    @Test
    void beginsAnewWhenASideWentBack() {
        at(0, 10 * MB, 9 * MB);
        at(10, 20 * MB, 9 * MB);
        assertThat(at(11, 21 * MB, 8 * MB).rates()).as("lost in a crash").isEmpty();
        at(20, 22 * MB, 8 * MB);
        assertThat(at(19, 23 * MB, 9 * MB).rates()).as("clock set back").isEmpty();
        at(25, 24 * MB, 9 * MB);
        assertThat(at(26, 5 * MB, 4 * MB).rates()).as("another log").isEmpty();
    }

    @Test
    void theWorstOfAllIsToldOfAll() {
        Pace soon = pace(10 * MB, 0, 5 * MB);
        Pace later = pace(60 * MB, 0, 5 * MB);
        Pace never = pace(2 * MB, 5 * MB, MB);
        Pace still = pace(MB, 0, 0);
        Pace close = pace(10, 5 * MB, 5 * MB);
        assertThat(Stream.of(soon, later, close).max(Pace.WORST_LAST)).contains(later);
        assertThat(Stream.of(never, later, still).max(Pace.WORST_LAST)).contains(never);
        assertThat(Stream.of(later, Pace.unknown(MB)).max(Pace.WORST_LAST))
                .contains(Pace.unknown(MB));
    }

    @Test
    void roundsToWhatAForecastIsWorth() {
        assertThat(Pace.about(Duration.ofMillis(20))).isEqualTo("1 s");
        assertThat(Pace.about(Duration.ofSeconds(89))).isEqualTo("89 s");
        assertThat(Pace.about(Duration.ofSeconds(185))).isEqualTo("3 min");
        assertThat(Pace.about(Duration.ofMinutes(100))).isEqualTo("2 h");
        assertThat(Pace.about(Duration.ofHours(50))).isEqualTo("2 days");
    }

    private static Pace pace(long behind, double written, double applied) {
        return new Pace(
                behind, Optional.of(new Pace.Rates(written, applied, Duration.ofSeconds(1))));
    }

    private Pace at(double second, long written, long applied) {
        Instant at = Instant.EPOCH.plusMillis(Math.round(second * 1_000));
        return window.add(new Sample(at, new Lsn(written), new Lsn(applied)));
    }
}
