package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Session;
import dev.relevo.replication.Forecast;
import dev.relevo.replication.Pace;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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

    /** A transaction of about 200 kB of write-ahead log, quickly applied. */
    private static final String WRITE =
            "INSERT INTO public.written SELECT g, repeat('x', 100) FROM generate_series(1, 1000) g";

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
        Supplier<Status> watch = ground.upgrade.watch();
        AtomicBoolean enough = new AtomicBoolean();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
                Session lock = ground.superuser(Side.NEW).open("test lock")) {
            lock.begin();
            lock.execute("LOCK TABLE public.written IN SHARE MODE");
            Future<?> load = executor.submit(() -> write(enough));
            try {
                Ground.await(
                        PATIENCE,
                        "told by status and by status --watch",
                        () ->
                                fallsBehind(pace(ground.upgrade.status()))
                                        && fallsBehind(pace(watch.get())));
                Pace pace = pace(ground.upgrade.status());
                assertThat(pace.text()).contains("0 bytes/s applied: falls behind by");
                assertThat(pace.standsStill()).isTrue();
                // Enough that it takes a while to apply.
                Ground.await(
                        PATIENCE, "a lag of 100 MB", () -> pace(watch.get()).behind() > 100L << 20);
            } finally {
                enough.set(true);
                load.get();
            }
            assertThat(pace(ground.upgrade.status()).forecast()).isEqualTo(new Forecast.Stays());
            lock.rollback();
            aboutRight();
        }
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

    private static boolean fallsBehind(Pace pace) {
        return pace.forecast() instanceof Forecast.FallsBehind;
    }

    private static Pace pace(Status status) {
        return status.replication().orElseThrow().pace();
    }
}
