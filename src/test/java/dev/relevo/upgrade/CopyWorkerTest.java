package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Workers of another process: they take their share, and nothing depends on them. */
class CopyWorkerTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String CHUNKS_LEFT =
            "SELECT count(*) FROM relevo.copy_task WHERE kind = 'chunk' AND NOT done";
    private static final String BY_HELPERS =
            "SELECT count(*) FROM relevo.copy_task WHERE kind = 'chunk' AND worker LIKE '%s'";
    private static final String HELPER = "relevo copy worker % of %";

    @Test
    @SuppressWarnings("try") // what is held is let go in the middle
    void takesItsShareOfARunningCopyAndMayBeKilled() throws Exception {
        // From 11 a table that was not analyzed is one piece: start's only worker is at the biggest
        // until we let it go.
        try (Ground ground = Ground.prepared(11, 16);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Settings alone = ground.settings.withJobs(1);
            Future<?> start;
            try (Held held = Held.biggest(ground)) {
                assertThat(held).isNotNull();
                start = executor.submit(() -> new Upgrade(alone, "start").start(_ -> {}));
                Ground.await(
                        PATIENCE,
                        "start at the biggest",
                        () -> start.isDone() || isAtTheBiggest(ground));
                dieAt("copy/CHUNK", "copy-worker", ground);
                assertThat(ground.text(Side.NEW, BY_HELPERS.formatted(HELPER))).isEqualTo("0");
                try (Coordinator helper = Coordinator.ready()) {
                    helper.give("copy-worker", alone);
                    Ground.await(
                            PATIENCE,
                            "all but the biggest",
                            () -> ground.text(Side.NEW, CHUNKS_LEFT).equals("1"));
                    assertThat(ground.upgrade.status().copy().orElseThrow().standing().workers())
                            .isEqualTo(2);
                    // Killed while it waits for what is left, then another one.
                    helper.kill();
                }
                try (Coordinator helper = Coordinator.ready()) {
                    helper.give("copy-worker", ground.settings);
                    Ground.await(
                            PATIENCE,
                            "another helper",
                            () ->
                                    ground.upgrade
                                                    .status()
                                                    .copy()
                                                    .orElseThrow()
                                                    .standing()
                                                    .workers()
                                            == 3);
                    held.close();
                    assertThat(helper.await(PATIENCE)).as(() -> helper.said()).isZero();
                }
            }
            start.get();
            assertThat(ground.text(Side.NEW, BY_HELPERS.formatted(HELPER)))
                    .isEqualTo(
                            ground.text(
                                    Side.NEW,
                                    "SELECT count(*) - 1 FROM relevo.copy_task WHERE kind ="
                                            + " 'chunk'"));
            requireEqual(ground);
        }
    }

    @Test
    void goesOnWithoutStartAndEndsTheCopyItself() {
        try (Ground ground = Ground.prepared(14, 16)) {
            dieAt("copy/CHUNK", "start", ground);
            assertThat(ground.upgrade.joinCopy(_ -> {}).chunks()).isPositive();
            assertProblem(() -> ground.upgrade.joinCopy(_ -> {}), "no-copy", ExitStatus.STATE);
            ground.upgrade.start(_ -> {});
            assertThat(ground.text(Side.NEW, BY_HELPERS.formatted("relevo copy worker")))
                    .isEqualTo("0");
            requireEqual(ground);
        }
    }

    @Test
    void saysWhenThereIsNothingToJoinOrTheSnapshotIsGone() {
        try (Ground ground = Ground.prepared(14, 16)) {
            assertProblem(() -> ground.upgrade.joinCopy(_ -> {}), "no-copy", ExitStatus.STATE);
            dieAt("copy/CHUNK", "start", ground);
            endKeeper(ground);
            assertProblem(
                    () -> ground.upgrade.joinCopy(_ -> {}), "snapshot-lost", ExitStatus.FAILED);
            ground.upgrade.start(_ -> {});
            requireEqual(ground);
        }
    }

    @Test
    @SuppressWarnings("try") // what is held is let go in the middle
    void endsWhenTheKeeperEndsMeanwhile() {
        try (Ground ground = Ground.prepared(11, 16);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
                Held held = Held.biggest(ground)) {
            try (Coordinator start = Coordinator.ready()) {
                start.give("start", ground.settings.withJobs(1));
                Ground.await(PATIENCE, "start at the biggest", () -> isAtTheBiggest(ground));
                start.kill();
            }
            // The server is at that table still, and has not noticed.
            Future<?> helper = executor.submit(() -> ground.upgrade.joinCopy(_ -> {}));
            Ground.await(
                    PATIENCE,
                    "all but the biggest",
                    () -> helper.isDone() || ground.text(Side.NEW, CHUNKS_LEFT).equals("1"));
            endKeeper(ground);
            held.close();
            assertProblem(() -> result(helper), "snapshot-lost", ExitStatus.FAILED);
        }
    }

    @Test
    void endsWithTheCopyThatIsAborted() {
        try (Ground ground = Ground.prepared(14, 16);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
                Held held = Held.small(ground)) {
            assertThat(held).isNotNull();
            dieAt("copy/CHUNK", "start", ground);
            Future<?> helper = executor.submit(() -> ground.upgrade.joinCopy(_ -> {}));
            Ground.await(
                    PATIENCE,
                    "a helper at an index",
                    () ->
                            helper.isDone()
                                    || !ground.upgrade
                                            .status()
                                            .copy()
                                            .orElseThrow()
                                            .standing()
                                            .building()
                                            .isEmpty());
            ground.upgrade.abort(_ -> {});
            assertProblem(() -> result(helper), "copy-over", ExitStatus.STATE);
            assertThat(ground.upgrade.status().phase()).isEqualTo(Status.Phase.NOT_STARTED);
        }
    }

    private static void endKeeper(Ground ground) {
        ground.text(
                Side.OLD,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
                        + " application_name = 'relevo keeper'");
        Ground.await(
                PATIENCE, "no keeper", () -> ground.upgrade.status().copy().orElseThrow().lost());
    }

    private static void result(Future<?> helper) throws Throwable {
        try {
            helper.get();
        } catch (ExecutionException e) {
            throw e.getCause();
        }
    }

    private static void assertProblem(ThrowingCallable call, String code, ExitStatus status) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> {
                            assertThat(e.problem().code()).isEqualTo(code);
                            assertThat(e.problem().status()).isEqualTo(status);
                            assertThat(e.problem().detail()).isNotEmpty();
                            assertThat(e.problem().hint()).contains("relevo ");
                        });
    }

    /** At a row of it: before there is one, the server would notice that its client died. */
    private static boolean isAtTheBiggest(Ground ground) {
        return !ground.shared(
                        Side.NEW,
                        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'relevo copy"
                                + " worker' AND query LIKE 'COPY %biggest%' AND wait_event ="
                                + " 'PgSleep'")
                .equals("0");
    }

    private static void dieAt(String place, String command, Ground ground) {
        try (Coordinator coordinator = Coordinator.dyingAt(place)) {
            coordinator.give(command, ground.settings.withJobs(1));
            int status = coordinator.await(PATIENCE);
            assertThat(status).as(() -> coordinator.said()).isEqualTo(Coordinator.KILLED);
        }
        if (command.equals("start")) {
            ground.awaitNobodyAtWork();
        }
    }

    private static void requireEqual(Ground ground) {
        ground.upgrade.awaitFollowing();
        assertThat(Contents.checksums(ground.superuser(Side.NEW)))
                .isEqualTo(Contents.checksums(ground.superuser(Side.OLD)));
        assertThat(Contents.objects(ground.superuser(Side.NEW)))
                .isEqualTo(Contents.objects(ground.superuser(Side.OLD)));
    }
}
