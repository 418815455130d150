package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.handover.Limits;
import dev.relevo.lab.Load;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** The coordinator stands still with all its connections open, which no server can notice. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FrozenTest {
    private static final Limits LIMITS =
            new Limits(Duration.ofSeconds(1), false, Duration.ofSeconds(1), Duration.ofMillis(50));

    /** {@code Limits.whole()}, and two seconds. */
    private static final Duration BUDGET =
            LIMITS.drain().plus(LIMITS.catchUp()).plus(LIMITS.overlap()).plusSeconds(5 + 2);

    private Ground ground;
    private Load load;

    @BeforeAll
    void start() {
        ground = new Ground(14, 16, LIMITS);
        ground.upgrade.start(_ -> {});
        load = ground.load(2);
    }

    @AfterAll
    void stop() {
        load.close();
        ground.close();
    }

    @Test
    @Order(1)
    void oldSideServesAgainWhenTheCoordinatorFreezesBehindTheFence() {
        try (Coordinator coordinator = Coordinator.freezingAt("handover/fence")) {
            coordinator.give("switch", ground.settings);
            awaitReadOnly(Side.OLD);
            ground.awaitServing(Side.OLD, BUDGET);
            awaitReadOnly(Side.NEW); // its dead-man is the later one
            assertThat(coordinator.isAlive()).isTrue();
            String before = settings();
            coordinator.kill();
            assertThat(settings()).isEqualTo(before);
            ground.awaitServing(Side.OLD, Duration.ofSeconds(1));
        }
        ground.awaitNobodyAtWork();
    }

    @Test
    @Order(2)
    void newSideOpensWhenTheCoordinatorFreezesBetweenTheTwoCommits() {
        try (Coordinator coordinator = Coordinator.freezingAt("handover/commit-point")) {
            coordinator.give("switch", ground.settings);
            awaitReadOnly(Side.OLD);
            ground.awaitServing(Side.NEW, BUDGET);
            assertThat(coordinator.isAlive()).isTrue();
            String before = settings();
            coordinator.kill();
            assertThat(settings()).isEqualTo(before);
            ground.awaitServing(Side.NEW, Duration.ofSeconds(1));
        }
        ground.awaitNobodyAtWork();
        ground.handOver(Side.OLD);
        ground.requireTidy(Side.NEW);
    }

    @Test
    @Order(3)
    void nothingIsLost() {
        ground.requireNothingLost(load.stop());
    }

    /** From here on clients wait: the coordinator has got as far as the handover itself. */
    private void awaitReadOnly(Side side) {
        Ground.await(
                Duration.ofSeconds(30),
                side + " is read-only",
                () -> settings(side).contains("default_transaction_read_only=on"));
    }

    private String settings() {
        return settings(Side.OLD) + " / " + settings(Side.NEW);
    }

    private String settings(Side side) {
        return Objects.requireNonNull(
                ground.shared(
                        side,
                        "SELECT coalesce(string_agg(s, ','), '') FROM pg_db_role_setting, unnest(setconfig) s"
                                + " WHERE setrole = 0"));
    }
}
