package dev.relevo.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class CutsTest {
    @Test
    void onePieceIsNotCut() {
        assertThat(Cuts.of(1).inner(1000)).isEmpty();
    }

    @Test
    void fewPiecesAreAlike() {
        assertThat(Cuts.of(2).inner(1000)).containsExactly(500L);
    }

    @Test
    void theLastQuarterIsCutFiner() {
        assertThat(Cuts.of(4).inner(1600)).containsExactly(400L, 800L, 1200L, 1300L, 1400L, 1500L);
    }

    @Test
    void noPieceIsEmpty() {
        for (int pieces = 1; pieces < 40; pieces++) {
            for (long size = 1; size < 20; size++) {
                List<Long> inner = Cuts.of(pieces).inner(size);
                assertThat(inner).isSorted().doesNotHaveDuplicates();
                assertThat(inner).allMatch(place -> place > 0);
                long end = size;
                assertThat(inner).allMatch(place -> place < end);
            }
        }
    }

    @Test
    void theBiggestTablesDoNotOverflow() {
        long blocks = (1L << 32) - 2;
        assertThat(Cuts.of(100_000).inner(blocks)).isSorted().hasSizeGreaterThan(100_000);
    }
}
