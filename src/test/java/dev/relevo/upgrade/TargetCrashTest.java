package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.lab.Load;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** A server crashes at the worst moments of a handover, and the coordinator with it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TargetCrashTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    private Ground ground;
    private Load load;

    @BeforeAll
    void start() {
        ground = Ground.prepared(14, 16);
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
    void oldSideServesWhenTheNewServerCrashesBehindTheBarrier() {
        try (Coordinator coordinator = frozenAt("barrier", "switch", Side.OLD)) {
            ground.server(Side.NEW).crash();
            coordinator.kill();
        }
        Ground.await(SOON, "old serves", () -> ground.client(Side.OLD).mayWrite());
        ground.server(Side.NEW).start();
        Ground.await(SOON, "new refuses", () -> ground.client(Side.NEW).isRefused());
        assertThat(ground.client(Side.OLD).mayWrite()).isTrue();
        ground.awaitNobodyAtWork();
        ground.upgrade.awaitFollowing();
        ground.handOver(Side.OLD);
        ground.requireTidy(Side.NEW);
        ground.handOver(Side.NEW);
        ground.requireTidy(Side.OLD);
    }

    @Test
    @Order(2)
    void newSideOpensByItselfAfterItCrashedBehindTheCommitPoint() {
        try (Coordinator coordinator = frozenAt("commit-point", "switch", Side.OLD)) {
            ground.server(Side.NEW).crash();
            coordinator.kill();
        }
        assertThat(ground.client(Side.OLD).isRefused()).isTrue();
        ground.server(Side.NEW).start();
        ground.awaitServing(Side.NEW, SOON);
        ground.awaitNobodyAtWork();
        ground.handOver(Side.OLD);
        ground.requireTidy(Side.NEW);
        ground.handOver(Side.NEW);
    }

    @Test
    @Order(3)
    void newSideOpensByItselfWhenTheOldServerCrashesBehindTheCommitPoint() {
        try (Coordinator coordinator = frozenAt("commit-point", "switch", Side.OLD)) {
            ground.server(Side.OLD).crash();
            coordinator.kill();
        }
        ground.server(Side.OLD).start();
        ground.awaitServing(Side.NEW, SOON);
        ground.awaitNobodyAtWork();
        ground.handOver(Side.OLD);
        ground.requireTidy(Side.NEW);
    }

    @Test
    @Order(4)
    void nothingIsLost() {
        ground.requireNothingLost(load.stop());
    }

    /** Gives the command and waits until it stands still at this place. */
    private Coordinator frozenAt(String place, String command, Side from) {
        Coordinator coordinator = Coordinator.freezingAt("handover/" + place);
        coordinator.give(command, ground.settings);
        ground.awaitFrozen(from);
        assertThat(ground.client(from).mayWrite()).isFalse();
        return coordinator;
    }
}
