package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Fingerprint;
import dev.relevo.catalog.Side;
import dev.relevo.pg.Session;
import dev.relevo.plan.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * {@code start} is killed wherever it writes to its journal, and at moments of no meaning; the same
 * again ends as if nothing had happened, and {@code abort} leaves no trace.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class StartDeathTest {
    private static final long SEED = 20_251_014;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** In the order in which they are come to; a step may be run within another one. */
    private final List<String> places = new ArrayList<>();

    private Ground ground;
    private List<Set<String>> untouched;
    private List<Set<String>> finished;
    private Duration took = Duration.ZERO;

    @BeforeAll
    void startOnceWithoutAccident() {
        ground = Ground.prepared(14, 16);
        untouched = traces(false);
        long begun = System.nanoTime();
        ground.upgrade.start(event -> {
            if (event instanceof Event.Started started) {
                places.add(started.step().id() + "/begin");
            } else if (event instanceof Event.Finished ended) {
                places.add(ended.step().id() + "/applied");
            }
        });
        took = Duration.ofNanos(System.nanoTime() - begun);
        finished = traces(true);
        requireFollowing();
        assertThat(places)
                .contains("prepare-old/begin", "schema/begin")
                .containsSubsequence("copy/begin", "subscription/begin", "copy/applied")
                .hasSizeGreaterThan(24);
        abort();
    }

    @AfterAll
    void stop() {
        ground.close();
    }

    /**
     * Each run is the same again for the one before it: it resumes from where that one died, and
     * dies a little later itself.
     */
    @Test
    @Order(1)
    void diesAtEveryEntryOfTheJournalAndGoesOnTheNextTime() {
        // The servers may be there by themselves before the next run looks, and of so small a copy
        // nothing is left when what follows is begun.
        places.removeIf(place -> place.startsWith("tables-ready/") || place.equals("copy/applied"));
        Coordinator next = Coordinator.dyingAt("start/" + places.getFirst());
        for (int i = 0; i < places.size(); i++) {
            try (Coordinator coordinator = next) {
                coordinator.give("start", ground.settings);
                next =
                        i + 1 < places.size()
                                ? Coordinator.dyingAt("start/" + places.get(i + 1))
                                : Coordinator.ready();
                int status = coordinator.await(PATIENCE);
                assertThat(status).as(() -> coordinator.said()).isEqualTo(Coordinator.KILLED);
            }
            ground.awaitNobodyAtWork();
        }
        try (Coordinator last = next) {
            last.give("start", ground.settings);
            int status = last.await(PATIENCE);
            assertThat(status).as(() -> last.said()).isZero();
        }
        requireAsWithoutAccident();
        abort();
    }

    @Test
    @Order(2)
    void diesAtAnyMomentAndTheSameAgainOrAnAbortEndsWell() {
        Random random = new Random(SEED);
        for (int i = 0; i < Integer.getInteger("relevo.test.random", 2); i++) {
            long delay = random.nextLong(took.toMillis() * 3 / 2);
            try (Coordinator coordinator = Coordinator.ready()) {
                coordinator.give("start", ground.settings);
                long due = System.nanoTime() + delay * 1_000_000;
                Ground.await(PATIENCE, "the moment", () -> System.nanoTime() >= due);
                coordinator.kill();
            }
            ground.awaitNobodyAtWork();
            if (i % 2 == 0) {
                ground.upgrade.start(_ -> {});
                requireAsWithoutAccident();
            }
            abort();
        }
    }

    private void abort() {
        ground.upgrade.abort(_ -> {});
        List<Set<String>> left = traces(false);
        assertThat(left.get(0)).isEqualTo(untouched.get(0));
        assertThat(left.get(1)).isEqualTo(untouched.get(1));
    }

    private void requireAsWithoutAccident() {
        requireFollowing();
        List<Set<String>> now = traces(true);
        assertThat(now.get(0)).isEqualTo(finished.get(0));
        assertThat(now.get(1)).isEqualTo(finished.get(1));
    }

    private void requireFollowing() {
        assertThat(ground.upgrade.status().phase()).isEqualTo(Status.Phase.FOLLOWING);
        ground.requireTidy(Side.OLD);
        try (Session old = ground.superuser(Side.OLD).open("look");
                Session fresh = ground.superuser(Side.NEW).open("look")) {
            assertThat(Fingerprint.difference(Fingerprint.read(old), Fingerprint.read(fresh)))
                    .isEmpty();
        }
    }

    private List<Set<String>> traces(boolean withRows) {
        return List.of(
                Traces.of(ground.superuser(Side.OLD), withRows),
                Traces.of(ground.superuser(Side.NEW), withRows));
    }
}
