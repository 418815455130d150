package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.pg.PgException;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The commit that opens is asynchronous, so a crash may take it back. The mark that fenced the
 * other side repeats it.
 */
class LostOpeningTest {
    private static final String OPENED =
            "SELECT since::text FROM relevo.state WHERE status = 'open'";

    @ParameterizedTest
    @CsvSource({"14, 18"})
    void markOpensAgainWhatACrashTookBack(int oldMajor, int newMajor) {
        try (Ground ground = Ground.prepared(oldMajor, newMajor)) {
            ground.upgrade.start(_ -> {});
            String opened;
            try (Coordinator coordinator = Coordinator.freezingAt("handover/open")) {
                // Nobody else writes, so without this one nothing is flushed.
                int walWriter = walWriter(ground);
                ground.server(Side.NEW).freeze(walWriter);
                coordinator.give("switch", ground.settings);
                ground.awaitFrozen(Side.OLD);
                opened = ground.text(Side.NEW, OPENED);
                assertThat(opened).isNotNull();
                // The server's processes end with this one, and it recovers by itself.
                ground.server(Side.NEW).signal("KILL", walWriter);
                Ground.await(
                        Duration.ofSeconds(30),
                        "a server that recovers",
                        () -> hasAnotherThan(walWriter, ground));
                coordinator.kill();
            }
            ground.awaitServing(Side.NEW, Duration.ofSeconds(30));
            assertThat(ground.text(Side.NEW, OPENED))
                    .as("the opening was lost")
                    .isNotEqualTo(opened);
            ground.awaitNobodyAtWork();
            ground.handOver(Side.OLD);
            ground.requireTidy(Side.NEW);
        }
    }

    private static boolean hasAnotherThan(int walWriter, Ground ground) {
        try {
            return walWriter(ground) != walWriter;
        } catch (ProblemException | PgException e) {
            return false; // it is not up again
        }
    }

    private static int walWriter(Ground ground) {
        return Integer.parseInt(
                ground.text(
                        Side.NEW,
                        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'"));
    }
}
