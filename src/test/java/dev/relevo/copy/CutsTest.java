package dev.relevo.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

final class CutsTest {
    @Test
    void onePieceIsAll() {
        assertThat(Cuts.cut(1000, 1)).containsExactly(new Cuts.Piece(0, 1000, 1));
    }

    @Test
    void fewPiecesAreAlike() {
        assertThat(Cuts.cut(1001, 2))
                .containsExactly(new Cuts.Piece(0, 500, 0.5), new Cuts.Piece(500, 1001, 0.5));
    }

    @Test
    void theLastQuarterIsCutFiner() {
        assertThat(Cuts.cut(1600, 4).stream().map(Cuts.Piece::end))
                .containsExactly(400L, 800L, 1200L, 1300L, 1400L, 1500L, 1600L);
    }

    /** Or they would be taken in an order that depends on how numbers are rounded. */
    @Test
    void piecesOfASizeHaveTheSameShare() {
        assertThat(Cuts.cut(100_003, 32).stream().map(Cuts.Piece::share).distinct()).hasSize(2);
    }

    @Test
    void everyPlaceIsInOnePiece() {
        for (int wanted = 1; wanted < 40; wanted++) {
            for (long places = 1; places < 50; places++) {
                List<Cuts.Piece> pieces = Cuts.cut(places, wanted);
                long at = 0;
                for (Cuts.Piece piece : pieces) {
                    assertThat(piece.from()).isEqualTo(at);
                    assertThat(piece.end()).isGreaterThan(at);
                    at = piece.end();
                }
                assertThat(at).isEqualTo(places);
                assertThat(pieces.stream().mapToDouble(Cuts.Piece::share).sum())
                        .isCloseTo(1, within(1e-9));
            }
        }
    }

    @Test
    void theBiggestTablesDoNotOverflow() {
        long blocks = (1L << 32) - 2;
        assertThat(Cuts.cut(blocks, 100_000).getLast().end()).isEqualTo(blocks);
    }
}
