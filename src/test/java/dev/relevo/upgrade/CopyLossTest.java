package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Session;
import dev.relevo.plan.Event;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Connections of the initial copy break: that costs a piece each, and the command goes on. */
class CopyLossTest {
    private static final long SEED = 20_251_130;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @ParameterizedTest
    @CsvSource({"11, 18"})
    void workersLoseTheirBackendsOnEitherSide(int oldMajor, int newMajor) throws Exception {
        Random random = new Random(SEED);
        try (Ground ground = CopyTest.ground(oldMajor, newMajor);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<String> evidence = new CopyOnWriteArrayList<>();
            Future<?> start =
                    executor.submit(() ->
                            ground.upgrade.start(event -> {
                                if (event instanceof Event.Finished done
                                        && done.step().id().equals("copy")) {
                                    evidence.add(done.evidence());
                                }
                            }));
            awaitWorkers(ground, start);
            String copy = ground.text(Side.OLD, CopyTest.SNAPSHOT);
            int told = 0;
            for (int i = 0; i < Integer.getInteger("relevo.test.random", 10); i++) {
                long due = System.nanoTime() + (20 + random.nextLong(250)) * 1_000_000;
                Ground.await(
                        PATIENCE, "the moment", () -> start.isDone() || System.nanoTime() >= due);
                told += terminate(ground, i % 2 == 0 ? Side.OLD : Side.NEW);
            }
            assertThat(told).isGreaterThan(2);
            start.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(evidence)
                    .singleElement()
                    .asString()
                    .matches(
                            ".*; connections lost: [1-9]\\d* pieces? done again, [0-9.]+ s of"
                                    + " workers' time");
            assertThat(ground.text(Side.OLD, CopyTest.SNAPSHOT)).isEqualTo(copy);
            ground.upgrade.awaitFollowing();
            CopyTest.requireEqual(ground);
        }
    }

    @Test
    void newServerRestartsMidway() throws Exception {
        try (Ground ground = CopyTest.ground(14, 16);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> start = executor.submit(() -> ground.upgrade.start(_ -> {}));
            awaitWorkers(ground, start);
            ground.server(Side.NEW).crash();
            ground.server(Side.NEW).start();
            start.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            ground.upgrade.awaitFollowing();
            CopyTest.requireEqual(ground);
        }
    }

    @Test
    void oldServerRestartsMidwayAndTheSameAgainBeginsAnew() throws Exception {
        try (Ground ground = CopyTest.ground(14, 16);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> start = executor.submit(() -> ground.upgrade.start(_ -> {}));
            awaitWorkers(ground, start);
            ground.server(Side.OLD).crash();
            ground.server(Side.OLD).start();
            assertThatThrownBy(() -> start.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> assertThat(e.problem().code()).isEqualTo("snapshot-lost"));
            ground.awaitNobodyAtWork();
            ground.upgrade.start(_ -> {});
            ground.upgrade.awaitFollowing();
            CopyTest.requireEqual(ground);
        }
    }

    /** Until a worker reads rows. */
    private static void awaitWorkers(Ground ground, Future<?> start) throws Exception {
        Ground.await(
                PATIENCE,
                "a worker at work",
                () ->
                        start.isDone()
                                || ground.shared(
                                                Side.OLD,
                                                "SELECT count(*) > 0 FROM pg_stat_activity WHERE"
                                                        + " application_name = 'relevo copy worker'"
                                                        + " AND query LIKE 'COPY %'")
                                        .equals("t"));
        if (start.isDone()) {
            start.get();
            throw new AssertionError("it ended before a worker was seen");
        }
    }

    private static int terminate(Ground ground, Side side) {
        try (Session session = ground.superuser(side).withDatabase("postgres").open("look")) {
            return session.query(
                            "SELECT pg_terminate_backend(pid) AS told FROM pg_stat_activity WHERE"
                                    + " application_name = 'relevo copy worker' ORDER BY random() LIMIT 1",
                            row -> row.bool("told"))
                    .size();
        }
    }
}
