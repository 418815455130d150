package dev.relevo.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RatesTest {
    @Test
    void readsPostgresqlsUnits() {
        assertThat(Rates.parse("500kB")).isEqualTo(512_000);
        assertThat(Rates.parse(" 50 MB ")).isEqualTo(52_428_800);
        assertThat(Rates.parse("2GB")).isEqualTo(2_147_483_648L);
        assertThat(Rates.parse("0")).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"50", "", "-1MB", "1.5MB", "50mb", "50MB/s", "50Mbit", "9999999GB"})
    void refusesWhatCouldBeMisread(String text) {
        assertThatThrownBy(() -> Rates.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("for example 50MB");
    }

    @Test
    void refusesWhatWouldStandStill() {
        assertThatThrownBy(() -> Rates.parse("63kB")).hasMessageContaining("64kB at least");
    }
}
