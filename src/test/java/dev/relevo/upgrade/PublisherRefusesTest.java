package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.relevo.catalog.Side;
import dev.relevo.handover.Limits;
import dev.relevo.pg.Endpoint;
import dev.relevo.problem.ProblemException;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A server that cannot reach the other one says so itself, in words that differ from version to
 * version; the same command goes on once it can.
 */
class PublisherRefusesTest {
    @ParameterizedTest
    @CsvSource({"11, 14", "11, 16"})
    void startTellsThatTheNewServerCannotReachTheOldOne(int oldMajor, int newMajor) {
        try (Ground ground = Ground.prepared(oldMajor, newMajor)) {
            Endpoint old = ground.settings.oldServer();
            Endpoint nobody =
                    new Endpoint(
                            old.host(),
                            1,
                            old.database(),
                            old.user(),
                            old.password(),
                            old.parameters());
            Upgrade upgrade =
                    new Upgrade(
                            new Settings(
                                    old,
                                    ground.settings.newServer(),
                                    Optional.of(nobody),
                                    Optional.empty(),
                                    Limits.DEFAULT,
                                    1,
                                    1),
                            "test");
            assertThatExceptionOfType(ProblemException.class)
                    .isThrownBy(() -> upgrade.start(_ -> {}))
                    .satisfies(e -> assertThat(e.problem().code()).isEqualTo("publisher-refuses"));
            ground.upgrade.start(_ -> {});
            ground.handOver(Side.OLD);
            assertThat(ground.client(Side.NEW).write()).isEmpty();
        }
    }
}
