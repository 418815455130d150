package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Server;
import dev.relevo.catalog.Side;
import dev.relevo.drift.Difference;
import dev.relevo.handover.Limits;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.ProblemException;
import dev.relevo.replication.CatchUp;
import dev.relevo.replication.Forecast;
import dev.relevo.replication.Node;
import dev.relevo.replication.Pace;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** When the new server will have caught up, measured on servers that do and that do not. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ForecastTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** A transaction of some 150 kB of write-ahead log, at most 50 of them a second. */
    private static final String WRITE =
            "INSERT INTO public.written SELECT g, repeat('x', 100) FROM generate_series(1, 1000) g;"
                    + " SELECT pg_catalog.pg_sleep(0.02)";

    /** The new server applies one such transaction in so many seconds, at most. */
    private static final String PACE =
            """
            CREATE OR REPLACE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM pg_catalog.pg_sleep(%s);
                RETURN NEW;
            END $$;
            """;

    private static final String SLOW =
            PACE.formatted("0.1")
                    + """
                    CREATE TRIGGER slow BEFORE INSERT ON public.written FOR EACH ROW WHEN (NEW.n = 1)
                        EXECUTE FUNCTION public.slow();
                    ALTER TABLE public.written ENABLE REPLICA TRIGGER slow
                    """;

    private static Ground ground;

    @BeforeAll
    static void follow() {
        ground = Ground.prepared(14, 16);
        Ground.run(
                ground.superuser(Side.OLD),
                "CREATE TABLE public.written (n integer, filler text);"
                        + " ALTER TABLE public.written REPLICA IDENTITY FULL");
        ground.upgrade.start(_ -> {});
    }

    @AfterAll
    static void close() {
        ground.close();
    }

    @Test
    @Order(1)
    void aServerThatKeepsUpIsNotMeasured() {
        ground.upgrade.awaitFollowing();
        Ground.await(
                PATIENCE,
                "all confirmed",
                () -> pace(ground.upgrade.status()).behind() < Pace.WORTH_A_FORECAST);
        Pace pace = pace(ground.upgrade.status());
        assertThat(pace.forecast()).isEqualTo(new Forecast.KeepsUp());
        assertThat(pace.rates()).isEmpty();
    }

    @Test
    @Order(2)
    void aLoadThatCannotBeFollowedIsToldAndAfterItWhenItWillBeCaughtUp() throws Exception {
        Ground.run(ground.superuser(Side.NEW), SLOW);
        Supplier<Status> watch = ground.upgrade.watch();
        AtomicBoolean enough = new AtomicBoolean();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
                Session lock = ground.superuser(Side.NEW).open("test lock")) {
            Future<?> load = executor.submit(() -> write(enough));
            try {
                Ground.await(
                        PATIENCE,
                        "applied, but more slowly than written, by status and by status --watch",
                        () ->
                                isTooSlow(pace(ground.upgrade.status()))
                                        && isTooSlow(pace(watch.get())));
                Ground.await(
                        PATIENCE,
                        "more than a switch can wait for",
                        () -> pace(watch.get()).behind() > 8L << 20);
                undoneSwitchTellsTheRates();
                lock.begin();
                lock.execute("LOCK TABLE public.written IN SHARE MODE");
                Ground.await(
                        PATIENCE,
                        "a standstill",
                        () -> pace(ground.upgrade.status()).standsStill());
                Pace pace = pace(ground.upgrade.status());
                Ground.await(
                        PATIENCE,
                        "enough for some seconds",
                        () -> pace(watch.get()).behind() > 30L << 20);
                assertThat(pace.text()).contains(" 0 bytes/s applied: falls behind by ");
            } finally {
                enough.set(true);
                load.get();
            }
            assertThat(pace(ground.upgrade.status()).forecast()).isEqualTo(new Forecast.Stays());
            Ground.run(ground.superuser(Side.NEW), PACE.formatted("0.02"));
            startTellsWhatItWaitsFor(executor, lock);
        }
        aboutRight();
    }

    /** The last step of start, which first stands still and then goes on. */
    private static void startTellsWhatItWaitsFor(ExecutorService executor, Session lock)
            throws Exception {
        Queue<String> told = new ConcurrentLinkedQueue<>();
        Node old =
                new Node(
                        Server.old(ground.superuser(Side.OLD)),
                        ground.superuser(Side.OLD),
                        ground.tag());
        Node fresh =
                new Node(
                        Server.fresh(ground.superuser(Side.NEW)),
                        ground.superuser(Side.NEW),
                        ground.tag());
        Future<?> step =
                executor.submit(
                        () -> new CatchUp(old, fresh).apply((done, total, what) -> told.add(what)));
        Ground.await(
                PATIENCE,
                "a standstill",
                () -> told.stream().anyMatch(what -> what.endsWith("applied: comes no closer")));
        lock.rollback();
        Ground.await(
                PATIENCE,
                "a forecast",
                () -> told.stream().anyMatch(what -> what.contains(": caught up in about ")));
        step.cancel(true);
    }

    /** Nothing was asked while clients waited, so it is told of the whole of the handover. */
    private static void undoneSwitchTellsTheRates() {
        Limits impatient =
                new Limits(
                        Duration.ofSeconds(5),
                        false,
                        Duration.ofMillis(500),
                        Duration.ofMillis(50));
        // The trigger that makes it slow is on one side only.
        List<String> slow =
                new Alike(Pair.prove(ground.settings, "test"), Side.OLD)
                        .look().differences().stream().map(Difference::id).toList();
        Instant began = Instant.now();
        try (Upgrade upgrade = new Upgrade(ground.with(impatient, 1), "test")) {
            upgrade.ignoreDifferences(slow);
            assertThatThrownBy(() -> upgrade.switchOver(_ -> {}))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> {
                                assertThat(e.problem().code()).isEqualTo("catch-up-timeout");
                                assertThat(e.problem().status()).isEqualTo(ExitStatus.ABORTED);
                                assertThat(e.problem().detail())
                                        .contains("the old server serves as before")
                                        .containsPattern(
                                                "; since the beginning of it [0-9.]+ [kM]B/s written, [0-9.]+ [kM]B/s applied: falls behind by ");
                            });
        }
        // The dead-men were not on watch yet, so nobody waits 10 s for each of them.
        assertThat(Duration.between(began, Instant.now())).isLessThan(Duration.ofSeconds(10));
    }

    /** Foretold from each look on; bounded generously, because other work shares the machine. */
    private static void aboutRight() {
        List<Instant> foretold = new ArrayList<>();
        Supplier<Status> watch = ground.upgrade.watch();
        Instant began = Instant.now();
        Ground.await(
                Duration.ofMinutes(2),
                "caught up",
                () -> {
                    Pace pace = pace(watch.get());
                    if (pace.forecast() instanceof Forecast.CatchesUp(Duration left)) {
                        foretold.add(Instant.now().plus(left));
                    }
                    return pace.behind() < Pace.WORTH_A_FORECAST;
                });
        Duration took = Duration.between(began, Instant.now());
        assertThat(foretold).isNotEmpty();
        // By the middle of it, at the latest, it is right to a factor of three.
        Instant middle = foretold.get(foretold.size() / 2);
        assertThat(Duration.between(began, middle))
                .as("took %s, foretold %s", took, foretold)
                .isBetween(took.dividedBy(3), took.multipliedBy(3));
    }

    private static void write(AtomicBoolean enough) {
        try (Session session = ground.superuser(Side.OLD).open("load")) {
            while (!enough.get()) {
                session.execute(WRITE);
            }
        }
    }

    private static boolean isTooSlow(Pace pace) {
        return pace.forecast() instanceof Forecast.FallsBehind && !pace.standsStill();
    }

    private static Pace pace(Status status) {
        return status.replication().orElseThrow().pace();
    }
}
