package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.lab.LabServer;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The way back is given up when it keeps more than somebody pays, and nothing else ever is. */
class WayBackPriceTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long MEGABYTE = 1 << 20;
    private static final String SLOTS = "SELECT count(*) FROM pg_replication_slots";
    private static final String SUBSCRIPTIONS = "SELECT count(*) FROM pg_subscription";

    /** Until its slot keeps more than a megabyte, because nobody reads from it. */
    private static void write(Ground ground, Side side) {
        Ground.await(
                PATIENCE,
                "a slot that keeps much",
                () -> {
                    Ground.run(
                            ground.superuser(side),
                            "SELECT pg_logical_emit_message(false, 'x', repeat('x', 2000000))");
                    return ground.upgrade.status().retainedBytes() > 2 * MEGABYTE;
                });
    }

    private static void refusesRollback(Ground ground) {
        assertThatThrownBy(() -> ground.handOver(Side.NEW))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> {
                            assertThat(e.problem().code()).isEqualTo("way-back-given-up");
                            assertThat(e.problem().status()).isEqualTo(ExitStatus.STATE);
                            assertThat(e.problem().detail()).contains("more than 1.0 MB");
                            assertThat(e.problem().hint()).contains("relevo finish");
                        });
        assertThat(ground.client(Side.NEW).write()).isEmpty();
    }

    private static void requireGivenUp(Ground ground) {
        Status status = ground.upgrade.status();
        assertThat(status.phase()).isEqualTo(Status.Phase.SWITCHED);
        assertThat(status.givenUp()).isPresent();
        assertThat(status.next()).startsWith("relevo finish;");
        assertThat(ground.upgrade.giveUpWayBack(0)).isEmpty();
        refusesRollback(ground);
        assertThat(ground.upgrade.log().stream().map(e -> e.command() + " " + e.what()))
                .contains("give up the way back begin", "give up the way back done");
        ground.upgrade.finish(_ -> {});
        for (Side side : Side.values()) {
            assertThat(Traces.of(ground.superuser(side), false))
                    .noneMatch(line -> Traces.isLeft(side, line))
                    .noneMatch(
                            line -> line.startsWith("slot ") || line.startsWith("subscription "));
        }
        assertThat(ground.client(Side.NEW).write()).isEmpty();
    }

    @Test
    void theWayForwardIsNeverGivenUpAndTheWayBackOnlyBehindItsLimit() {
        try (Ground ground = Ground.prepared(14, 16, 2)) {
            assertThat(ground.upgrade.giveUpWayBack(0)).isEmpty();
            ground.upgrade.start(_ -> {});
            Ground.run(ground.superuser(Side.NEW), ground.eachSubscription(Side.NEW, "DISABLE"));
            write(ground, Side.OLD);
            assertThat(ground.upgrade.giveUpWayBack(MEGABYTE)).isEmpty();
            assertThat(ground.text(Side.OLD, SLOTS)).isEqualTo("2");
            Ground.run(ground.superuser(Side.NEW), ground.eachSubscription(Side.NEW, "ENABLE"));
            ground.upgrade.awaitFollowing();
            ground.handOver(Side.OLD);

            Ground.run(ground.superuser(Side.OLD), ground.eachSubscription(Side.OLD, "DISABLE"));
            write(ground, Side.NEW);
            assertThat(ground.upgrade.giveUpWayBack(1L << 40)).isEmpty();
            assertThat(ground.text(Side.NEW, SLOTS)).isEqualTo("2");
            assertThat(ground.upgrade.giveUpWayBack(MEGABYTE))
                    .hasValueSatisfying(why -> assertThat(why).contains("given up at"));
            assertThat(ground.text(Side.NEW, SLOTS)).isEqualTo("0");
            assertThat(ground.text(Side.OLD, SUBSCRIPTIONS)).isEqualTo("0");
            requireGivenUp(ground);
        }
    }

    /** That may be the very reason for it. */
    @Test
    void theWayBackIsGivenUpAlsoWhileTheOldServerIsDown() {
        try (Ground ground = Ground.prepared(14, 16)) {
            ground.upgrade.start(_ -> {});
            ground.handOver(Side.OLD);
            ground.server(Side.OLD).stop(LabServer.StopMode.IMMEDIATE);
            write(ground, Side.NEW);
            assertThat(ground.upgrade.status().retainsForWayBack()).isTrue();
            assertThat(ground.upgrade.giveUpWayBack(MEGABYTE)).isPresent();
            assertThat(ground.text(Side.NEW, SLOTS)).isEqualTo("0");
            ground.server(Side.OLD).start();
            requireGivenUp(ground);
        }
    }
}
