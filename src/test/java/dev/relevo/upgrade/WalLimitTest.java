package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A slot that has lost write-ahead log to {@code max_slot_wal_keep_size}: nobody takes the other
 * side for complete, nobody waits, and what is left to do is said and can be done.
 */
class WalLimitTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String SLOTS = "SELECT count(*) FROM pg_replication_slots";

    @ParameterizedTest
    @CsvSource({"13, 16", "14, 18"})
    void beforeTheSwitchANewCopyIsNeeded(int oldMajor, int newMajor) {
        try (Ground ground = Ground.prepared(oldMajor, newMajor)) {
            ground.upgrade.start(_ -> {});
            lose(ground, Side.OLD);
            requireRefused(ground, Side.OLD, "relevo abort, then relevo start");
            assertThatThrownBy(() -> ground.upgrade.start(_ -> {}))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e ->
                                    assertThat(e.problem().hint())
                                            .contains("relevo abort, then relevo start"));
            assertThat(ground.client(Side.OLD).write()).isEmpty();
            ground.upgrade.abort(_ -> {});
            ground.upgrade.start(_ -> {});
            ground.handOver(Side.OLD);
            assertThat(ground.client(Side.NEW).write()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"14, 16"})
    void afterTheSwitchThereIsNoWayBack(int oldMajor, int newMajor) {
        try (Ground ground = Ground.prepared(oldMajor, newMajor)) {
            ground.upgrade.start(_ -> {});
            ground.handOver(Side.OLD);
            lose(ground, Side.NEW);
            requireRefused(ground, Side.NEW, "relevo finish");
            ground.upgrade.finish(_ -> {});
            assertThat(ground.client(Side.NEW).write()).isEmpty();
            for (Side side : Side.values()) {
                assertThat(Traces.of(ground.superuser(side), false))
                        .noneMatch(line -> Traces.isLeft(side, line));
            }
        }
    }

    /**
     * The slot of the way back is made in each handover, and nobody reads from it before the end.
     */
    @Test
    void aHandoverWhoseWayBackIsLostIsUndone() {
        try (Ground ground = Ground.prepared(14, 16)) {
            ground.upgrade.start(_ -> {});
            for (String step : List.of("way-back", "read-only")) {
                try (Coordinator coordinator = Coordinator.freezingAt("handover/" + step)) {
                    coordinator.give("switch", ground.settings);
                    if (step.equals("read-only")) {
                        ground.awaitFrozen(Side.OLD);
                    } else {
                        Ground.await(
                                PATIENCE,
                                "a slot",
                                () -> ground.shared(Side.NEW, SLOTS).equals("1"));
                    }
                    passLimit(ground, Side.NEW);
                    coordinator.thaw();
                    assertThat(coordinator.await(PATIENCE)).isNotZero();
                    assertThat(coordinator.said()).contains("the handover was undone");
                }
                ground.awaitServing(Side.OLD, PATIENCE);
            }
            ground.handOver(Side.OLD);
            ground.handOver(Side.NEW);
            assertThat(ground.client(Side.OLD).write()).isEmpty();
        }
    }

    /** The other side does not follow for a while, and the limit is lower than what is written. */
    private static void lose(Ground ground, Side serving) {
        Ground.run(
                ground.superuser(serving.other()),
                ground.eachSubscription(serving.other(), "DISABLE"));
        assertThat(ground.client(serving).write()).isEmpty();
        passLimit(ground, serving);
        Ground.run(
                ground.superuser(serving.other()),
                ground.eachSubscription(serving.other(), "ENABLE"));
    }

    private static void passLimit(Ground ground, Side side) {
        try (Session session = ground.superuser(side).withDatabase("postgres").open("test")) {
            session.execute("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'");
            session.text("SELECT pg_reload_conf()");
            Ground.await(
                    PATIENCE,
                    "a lost slot",
                    () -> {
                        session.text("SELECT pg_logical_emit_message(false, 'test', 'more')");
                        session.text("SELECT pg_switch_wal()");
                        session.execute("CHECKPOINT");
                        return session.exists(
                                "SELECT FROM pg_replication_slots WHERE wal_status = 'lost'");
                    });
            session.execute("ALTER SYSTEM RESET max_slot_wal_keep_size");
            session.text("SELECT pg_reload_conf()");
        }
    }

    private static void requireRefused(Ground ground, Side serving, String remedy) {
        Status status = ground.upgrade.status();
        assertThat(status.next()).startsWith(remedy.replace("run ", "")).doesNotContain("when");
        assertThat(status.replication())
                .hasValueSatisfying(replication ->
                        assertThat(replication.problems())
                                .singleElement()
                                .asString()
                                .contains("changes are lost to the " + serving.other())
                                .contains(remedy));
        assertThatThrownBy(() -> ground.handOver(serving))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> {
                            assertThat(e.problem().status()).isEqualTo(ExitStatus.STATE);
                            assertThat(e.problem().hint()).contains(remedy);
                        });
        assertThat(ground.client(serving).write()).isEmpty();
    }
}
