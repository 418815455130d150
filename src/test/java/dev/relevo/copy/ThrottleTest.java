package dev.relevo.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ThrottleTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final Throttle throttle = new Throttle(1000);

    @Test
    void bytesGoOnWhenTheyHaveHadTheirTime() {
        assertThat(throttle.reserve(500, 0)).isEqualTo(SECOND / 2);
    }

    @Test
    void workersStandInOneRow() {
        throttle.reserve(1000, 0);
        assertThat(throttle.reserve(2000, SECOND / 4)).isEqualTo(3 * SECOND);
    }

    @Test
    void timeThatNobodyUsedIsNotMadeUpFor() {
        throttle.reserve(1000, 0);
        assertThat(throttle.reserve(1000, 100 * SECOND)).isEqualTo(101 * SECOND);
    }

    @Test
    void theClockMayStandAnywhere() {
        long begin = Long.MAX_VALUE - SECOND / 2;
        throttle.reserve(1000, begin);
        assertThat(throttle.reserve(1000, begin + SECOND)).isEqualTo(begin + 2 * SECOND);
    }
}
