package dev.relevo.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DurationsTest {
    @Test
    void readsPostgresqlsUnits() {
        assertThat(Durations.parse("200ms")).isEqualTo(Duration.ofMillis(200));
        assertThat(Durations.parse(" 5 s ")).isEqualTo(Duration.ofSeconds(5));
        assertThat(Durations.parse("2min")).isEqualTo(Duration.ofMinutes(2));
        assertThat(Durations.parse("1h")).isEqualTo(Duration.ofHours(1));
        assertThat(Durations.parse("0")).isEqualTo(Duration.ZERO);
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "", "-1s", "1.5s", "5m", "PT5S", "5 seconds", "99999999999s"})
    void refusesWhatCouldBeMisread(String text) {
        assertThatThrownBy(() -> Durations.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("for example 5s or 200ms");
    }

    @Test
    void writesTwoUnitsAtMost() {
        assertThat(Durations.text(Duration.ofMillis(12))).isEqualTo("12 ms");
        assertThat(Durations.text(Duration.ofMillis(1_300))).isEqualTo("1.3 s");
        assertThat(Durations.text(Duration.ofMillis(59_600))).isEqualTo("1 min 0 s");
        assertThat(Durations.text(Duration.ofSeconds(125))).isEqualTo("2 min 5 s");
        assertThat(Durations.text(Duration.ofMinutes(63))).isEqualTo("1 h 3 min");
    }
}
