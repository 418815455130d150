package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.handover.Limits;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.Load;
import dev.relevo.lab.Wire;
import dev.relevo.pg.Endpoint;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Failpoint;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The network between the coordinator and a server, or both, goes silent within a handover: nothing
 * arrives any more, and nobody is told. The servers' own keepalives notice after five seconds.
 *
 * <p>Every step, both directions and all lengths: {@code -Drelevo.test.all=true}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SilenceTest {
    private static final Limits LIMITS =
            new Limits(Duration.ofSeconds(2), false, Duration.ofSeconds(3), Duration.ofMillis(50));

    /** When the keepalives of the servers notice. */
    private static final Duration NOTICED = Duration.ofSeconds(5);

    /**
     * A busy machine takes this long to connect, ask and look again; a fault would last for seconds
     * more.
     */
    private static final Duration NOTICEABLE = Duration.ofSeconds(2);

    private static final Duration FOR_GOOD = Duration.ofDays(1);

    /** Drain, catch-up, overlap and five seconds; then five more to ask the servers. */
    private static final Duration OWN_LIMITS =
            LIMITS.drain().plus(LIMITS.catchUp()).plus(LIMITS.overlap()).plusSeconds(5 + 5);

    private static final Duration SOON = Duration.ofSeconds(10);

    private final ScheduledExecutorService clock = Executors.newScheduledThreadPool(2);
    private final Queue<Future<?>> later = new ConcurrentLinkedQueue<>();
    private Ground ground;
    private Wire toOld;
    private Wire toNew;
    private Upgrade upgrade;
    private Load load;

    /** Which of them cannot be reached. */
    enum Cut {
        FROM,
        TO,
        BOTH,
        /** What is asked arrives there; the answers do not come back. */
        ANSWERS_OF_FROM,
        /** It crashes before the next statement, and is back when the silence ends. */
        CRASH_OF_FROM
    }

    record Case(Cut cut, Side from, String step, Duration length) {}

    @BeforeAll
    void start() {
        ground = new Ground(14, 16, LIMITS);
        ground.upgrade.start(_ -> {});
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
                                LIMITS,
                                1,
                                1),
                        "test");
        load = ground.load(2);
    }

    private void after(Duration delay, Runnable action) {
        later.add(clock.schedule(action, delay.toMillis(), TimeUnit.MILLISECONDS));
    }

    @AfterEach
    void speak() {
        later.forEach(task -> task.cancel(false));
        later.clear();
        Failpoint.onReach(_ -> {});
        toOld.speak();
        toNew.speak();
    }

    @AfterAll
    void stop() {
        clock.shutdownNow();
        load.close();
        toOld.close();
        toNew.close();
        ground.close();
    }

    static Stream<Case> cases() {
        if (Boolean.getBoolean("relevo.test.all")) {
            List<Case> all = new ArrayList<>();
            for (Side from : Side.values()) {
                for (Cut cut : Cut.values()) {
                    for (String step :
                            List.of(
                                    "quiet-tables",
                                    "dead-men",
                                    "gate",
                                    "overlap",
                                    "read-only",
                                    "drain",
                                    "fence-locks",
                                    "fence",
                                    "barrier",
                                    "commit-point",
                                    "open")) {
                        for (Duration length :
                                List.of(
                                        Duration.ofSeconds(3),
                                        Duration.ofSeconds(8),
                                        Duration.ofSeconds(12),
                                        FOR_GOOD)) {
                            all.add(new Case(cut, from, step, length));
                        }
                    }
                }
            }
            return all.stream();
        }
        return Stream.of(
                new Case(Cut.TO, Side.OLD, "drain", Duration.ofSeconds(12)),
                new Case(Cut.TO, Side.OLD, "gate", FOR_GOOD),
                new Case(Cut.FROM, Side.OLD, "read-only", Duration.ofSeconds(8)),
                new Case(Cut.BOTH, Side.OLD, "barrier", Duration.ofSeconds(8)),
                new Case(Cut.BOTH, Side.OLD, "commit-point", Duration.ofSeconds(3)),
                new Case(Cut.FROM, Side.NEW, "barrier", FOR_GOOD),
                new Case(Cut.ANSWERS_OF_FROM, Side.NEW, "barrier", FOR_GOOD),
                new Case(Cut.TO, Side.NEW, "fence", Duration.ofSeconds(3)),
                new Case(Cut.CRASH_OF_FROM, Side.NEW, "barrier", Duration.ofSeconds(4)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void endsWithTheTrueVerdictInTime(Case tried) {
        if (ground.awaitOneServing(SOON) != tried.from()) {
            ground.handOver(tried.from().other());
        }
        AtomicLong silentSince = new AtomicLong();
        Set<Wire> wires = wires(tried);
        Failpoint.onReach(place -> {
            if (place.equals("handover/" + tried.step()) && silentSince.get() == 0) {
                silentSince.set(System.nanoTime());
                Set<Wire.Way> ways =
                        tried.cut() == Cut.ANSWERS_OF_FROM
                                ? EnumSet.of(Wire.Way.TO_CLIENT)
                                : EnumSet.allOf(Wire.Way.class);
                wires.forEach(wire -> wire.fallSilent(ways));
                if (tried.cut() == Cut.CRASH_OF_FROM) {
                    crash(tried.from());
                    after(tried.length(), () -> ground.server(tried.from()).start());
                }
                after(NOTICED, () -> wires.forEach(Wire::letServerNotice));
                after(tried.length(), () -> wires.forEach(Wire::speak));
            }
        });
        @Nullable ProblemException verdict = null;
        Duration took;
        try (ReadOnly readOnly = ReadOnly.watch(ground)) {
            try {
                handOver(tried.from());
            } catch (ProblemException e) {
                verdict = e;
            }
            took = Duration.ofNanos(System.nanoTime() - silentSince.get());
            Side serving = ground.awaitOneServing(OWN_LIMITS.plus(SOON));
            assertThat(silentSince.get()).as("the step was reached: " + verdict).isPositive();
            requireTrue(tried, verdict, serving);
            assertThat(readOnly.both()).as("nobody serves").isLessThan(NOTICEABLE);
            if (tried.cut() == Cut.TO && serving == tried.from()) {
                assertThat(readOnly.of(serving))
                        .as("before the other side closes")
                        .isLessThan(NOTICED);
            }
        }
        Duration bound = tried.length().plus(SOON);
        assertThat(took)
                .isLessThan((bound.compareTo(OWN_LIMITS) < 0 ? bound : OWN_LIMITS).plusSeconds(5));
        speak();
        ground.awaitNobodyAtWork();
        // The same command again does it, or only tidies up.
        ground.handOver(tried.from());
        ground.requireTidy(tried.from().other());
    }

    /** What was told agrees with who serves. */
    private static void requireTrue(Case tried, @Nullable ProblemException verdict, Side serving) {
        if (verdict == null) {
            assertThat(serving).isEqualTo(tried.from().other());
            return;
        }
        ExitStatus status = verdict.problem().status();
        switch (verdict.problem().code()) {
            case "outcome-unknown" ->
                    assertThat(tried.length()).as("nobody answers any more").isEqualTo(FOR_GOOD);
            case "not-tidied", "handed-over-untidily" ->
                    assertThat(serving).isEqualTo(tried.from().other());
            default -> {
                assertThat(status).isEqualTo(ExitStatus.ABORTED);
                assertThat(serving).isEqualTo(tried.from());
            }
        }
    }

    /**
     * The worker that applied its changes ends with it; another one starts, and waits at the gate
     * as the mark of the commit point would, which has not been sent.
     */
    private void crash(Side from) {
        String workers =
                "SELECT coalesce(string_agg(pid::text, ','), '') FROM pg_stat_activity"
                        + " WHERE backend_type LIKE 'logical replication%' AND datname = '"
                        + LabServer.APPLICATION
                        + "'";
        String before = ground.shared(from.other(), workers);
        ground.server(from).crash();
        Ground.await(
                SOON,
                "another worker",
                () -> {
                    String now = ground.shared(from.other(), workers);
                    return !now.isEmpty() && !now.equals(before);
                });
    }

    private Set<Wire> wires(Case tried) {
        Wire from = tried.from() == Side.OLD ? toOld : toNew;
        Wire to = tried.from() == Side.OLD ? toNew : toOld;
        return switch (tried.cut()) {
            case FROM, ANSWERS_OF_FROM, CRASH_OF_FROM -> Set.of(from);
            case TO -> Set.of(to);
            case BOTH -> Set.of(from, to);
        };
    }

    private void handOver(Side from) {
        if (from == Side.OLD) {
            upgrade.switchOver(_ -> {});
        } else {
            upgrade.rollback(_ -> {});
        }
    }
}
