package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.handover.Limits;
import dev.relevo.lab.Wire;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.problem.Failpoint;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** The network swallows everything while nothing is handed over. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SilentNetworkTest {
    /**
     * Forty seconds, a look, and two connections that cannot be made to say so in the journal; and
     * what a busy machine takes. Without a limit it would be hours.
     */
    private static final Duration MINUTE = Duration.ofSeconds(90);

    private final ScheduledExecutorService clock = Executors.newScheduledThreadPool(1);
    private Ground ground;
    private Wire toOld;
    private Wire toNew;
    private Upgrade upgrade;

    @BeforeAll
    void start() {
        ground = new Ground(14, 16, Limits.DEFAULT);
        toOld = Wire.to(ground.server(Side.OLD).port());
        toNew = Wire.to(ground.server(Side.NEW).port());
        Endpoint old = ground.settings.oldServer();
        Endpoint fresh = ground.settings.newServer();
        upgrade =
                new Upgrade(
                        new Settings(
                                toOld.through(old),
                                toNew.through(fresh),
                                Optional.of(old),
                                Optional.of(fresh),
                                Limits.DEFAULT,
                                2,
                                1),
                        "test");
    }

    @AfterEach
    void speak() {
        Failpoint.onReach(_ -> {});
        toOld.speak();
        toNew.speak();
    }

    @AfterAll
    void stop() {
        clock.shutdownNow();
        toOld.close();
        toNew.close();
        ground.close();
    }

    @Test
    @Order(1)
    void startEndsWithinAMinuteWhenTheNewServerIsSilentWhileTheSchemaIsCarried() {
        AtomicBoolean reached = silentAt("start/schema/begin", toNew);
        RuntimeException error = failing(() -> upgrade.start(_ -> {}));
        assertThat(reached).isTrue();
        assertThat(error.getMessage()).contains("no answer from 127.0.0.1:" + toNew.port());
    }

    @Test
    @Order(2)
    void startEndsWithinAMinuteWhenTheOldServerIsSilentWhileTheSlotIsMade() {
        AtomicBoolean reached = silentAt("start/snapshot/begin", toOld);
        RuntimeException error = failing(() -> upgrade.start(_ -> {}));
        assertThat(reached).isTrue();
        assertThat(error.getMessage()).contains("no answer from 127.0.0.1:" + toOld.port());
    }

    @Test
    @Order(3)
    void startGoesOnWhenTheLineIsBackDuringTheCopy() {
        AtomicBoolean reached = silentAt("copy/", toOld, toNew);
        var _ = clock.schedule(this::speak, 10, TimeUnit.SECONDS);
        upgrade.start(_ -> {});
        assertThat(reached).isTrue();
        ground.upgrade.awaitFollowing();
        assertThat(ground.text(Side.NEW, "SELECT count(*) FROM public.pgbench_accounts"))
                .isEqualTo(ground.text(Side.OLD, "SELECT count(*) FROM public.pgbench_accounts"));
    }

    @Test
    @Order(4)
    void everyLookEndsWithinAMinute() {
        for (Wire wire : new Wire[] {toOld, toNew}) {
            wire.fallSilent();
            inAMinute(() -> upgrade.status());
            inAMinute(() -> upgrade.check());
            inAMinute(() -> upgrade.plan());
            wire.speak();
        }
    }

    @Test
    @Order(5)
    void abortEndsWithinAMinuteAndGoesOnWhenGivenAgain() {
        AtomicBoolean reached = silentAt("undone", toNew);
        failing(() -> upgrade.abort(_ -> {}));
        assertThat(reached).isTrue();
        speak();
        upgrade.abort(_ -> {});
        assertThat(ground.upgrade.status().phase()).isEqualTo(Status.Phase.NOT_STARTED);
    }

    /** From the first place on whose name contains this, nothing gets through these. */
    private static AtomicBoolean silentAt(String place, Wire... wires) {
        AtomicBoolean reached = new AtomicBoolean();
        Failpoint.onReach(at -> {
            if (at.contains(place) && reached.compareAndSet(false, true)) {
                for (Wire wire : wires) {
                    wire.fallSilent();
                }
            }
        });
        return reached;
    }

    private static RuntimeException failing(Runnable command) {
        RuntimeException error = inAMinute(command);
        assertThat(error).isNotNull();
        return error == null ? new IllegalStateException() : error;
    }

    private static @Nullable RuntimeException inAMinute(Runnable command) {
        long begun = System.nanoTime();
        RuntimeException error = null;
        try {
            command.run();
        } catch (ProblemException | PgException e) {
            error = e;
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(MINUTE);
        return error;
    }
}
