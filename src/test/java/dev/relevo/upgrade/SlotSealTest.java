package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.check.Finding;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Somebody drops a slot of ours and makes it again under its name: what came in between is lost.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SlotSealTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String MADE_AGAIN = "is not the one that Relevo made";

    private Ground ground;

    @BeforeAll
    void start() {
        ground = Ground.prepared(14, 16, 2);
        ground.upgrade.start(_ -> {});
        ground.upgrade.awaitFollowing();
    }

    @AfterAll
    void stop() {
        ground.close();
    }

    @Test
    @Order(1)
    void aCrashOfTheServerLeavesTheSlotsOurs() {
        ground.server(Side.OLD).crash();
        ground.server(Side.OLD).start();
        Ground.await(PATIENCE, "following", () -> problems().isEmpty());
        assertThat(errors()).isEmpty();
        ground.handOver(Side.OLD);
        ground.server(Side.NEW).crash();
        ground.server(Side.NEW).start();
        Ground.await(PATIENCE, "following", () -> problems().isEmpty());
        ground.handOver(Side.NEW);
        ground.requireTidy(Side.OLD, 2);
    }

    @Test
    @Order(2)
    void thatOfASecondSubscriptionIsNoticedByEveryCommand() {
        makeAgain(Side.OLD, "relevo_" + ground.tag() + "_new_2");
        isNoticed(Side.OLD, "relevo abort, then relevo start");
        assertThatThrownBy(() -> ground.upgrade.start(_ -> {}))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().detail()).contains("was made again"));
        ground.upgrade.abort(_ -> {});
        ground.upgrade.start(_ -> {});
        assertThat(errors()).isEmpty();
        ground.handOver(Side.OLD);
    }

    @Test
    @Order(3)
    void thatOfTheWayBackIsNoticedBeforeARollback() {
        makeAgain(Side.NEW, "relevo_" + ground.tag() + "_old");
        isNoticed(Side.NEW, "relevo finish");
        ground.upgrade.finish(_ -> {});
    }

    private void isNoticed(Side serving, String remedy) {
        assertThat(problems())
                .anySatisfy(problem -> assertThat(problem).contains(MADE_AGAIN, remedy));
        assertThat(errors())
                .anySatisfy(finding -> {
                    assertThat(finding.id()).isEqualTo("replication");
                    assertThat(finding.message()).contains(MADE_AGAIN);
                });
        assertThatThrownBy(() -> ground.handOver(serving))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> {
                            assertThat(e.problem().status()).isEqualTo(ExitStatus.STATE);
                            assertThat(e.problem().detail()).contains(MADE_AGAIN);
                        });
        ground.awaitServing(serving, PATIENCE);
    }

    private List<String> problems() {
        return ground.upgrade.status().replication().orElseThrow().problems();
    }

    private List<Finding> errors() {
        return ground.upgrade.check().stream()
                .filter(finding -> finding.severity() == Finding.Severity.ERROR)
                .toList();
    }

    /** While its subscriber does not read from it, and clients write. */
    private void makeAgain(Side publisher, String slot) {
        try (Session there = ground.superuser(publisher.other()).open("test");
                Session here = ground.superuser(publisher).open("test")) {
            there.execute("ALTER SUBSCRIPTION " + slot + " DISABLE");
            Ground.await(
                    PATIENCE,
                    "nobody reads",
                    () ->
                            !here.exists(
                                    "SELECT FROM pg_replication_slots WHERE slot_name = ? AND active",
                                    slot));
            here.text("SELECT pg_drop_replication_slot(?)", slot);
            here.execute(
                    "UPDATE public.pgbench_accounts SET abalance = abalance + 1 WHERE aid = 1");
            here.text("SELECT pg_create_logical_replication_slot(?, 'pgoutput')", slot);
            there.execute("ALTER SUBSCRIPTION " + slot + " ENABLE");
            Ground.await(
                    PATIENCE,
                    "somebody reads",
                    () ->
                            here.exists(
                                    "SELECT FROM pg_replication_slots WHERE slot_name = ? AND active",
                                    slot));
        }
    }
}
