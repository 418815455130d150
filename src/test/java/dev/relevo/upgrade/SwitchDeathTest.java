package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.handover.HandoverReport;
import dev.relevo.lab.Load;
import dev.relevo.pg.Session;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * The coordinator is killed at every step boundary of a handover, in both directions, under load;
 * within a second exactly one side serves, and nothing is ever lost.
 *
 * <p>Both directions at every boundary: {@code -Drelevo.test.all=true}. Other majors than 14 and
 * 16: {@code -Drelevo.test.pair=11,18}. More kills at random moments: {@code
 * -Drelevo.test.random=30}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SwitchDeathTest {
    private static final Duration SOON = Duration.ofSeconds(5);

    private final Random random = new Random();
    private final Deque<Coordinator> ready = new ArrayDeque<>();
    private final List<Phase> phases = new ArrayList<>();
    private Ground ground;
    private Load load;
    private Prober onOld;
    private Prober onNew;
    private List<String> boundaries;
    private Side serving = Side.OLD;
    private long phaseBegan;

    /** A stretch of time in which the clients changed sides once, or not at all. */
    private record Phase(String what, long from, long to, Side before, Side after) {}

    /** A death at one place of one change of sides. */
    private record Case(String boundary, Side from) {}

    @BeforeAll
    void handOverOnceWithoutAccident() {
        String[] majors = System.getProperty("relevo.test.pair", "14,16").split(",", -1);
        ground = Ground.prepared(Integer.parseInt(majors[0]), Integer.parseInt(majors[1]));
        ground.upgrade.start(_ -> {});
        load = ground.load(Integer.getInteger("relevo.test.clients", 2));
        phaseBegan = System.nanoTime();
        onOld = Prober.start(Side.OLD, ground.client(Side.OLD));
        onNew = Prober.start(Side.NEW, ground.client(Side.NEW));
        HandoverReport report = ground.handOver(Side.OLD);
        boundaries = report.steps().stream().map(HandoverReport.Timing::name).toList();
        phaseEnds("the first switch", Side.NEW);
        ground.handOver(Side.NEW);
        phaseEnds("the first rollback", Side.OLD);
        assertThat(boundaries).contains("gate", "barrier", "commit point").hasSizeGreaterThan(14);
    }

    @AfterAll
    void stop() {
        ready.forEach(Coordinator::close);
        load.close();
        onOld.close();
        onNew.close();
        ground.close();
    }

    @TestFactory
    Stream<DynamicTest> oneSideServesSoonAndNothingIsLost() {
        List<Case> cases = new ArrayList<>();
        // Each boundary in one direction, in turn, and the commit point in both; with
        // relevo.test.all in both.
        Side from = Side.OLD;
        for (String boundary : boundaries) {
            boolean both = Boolean.getBoolean("relevo.test.all") || boundary.equals("commit point");
            for (int i = 0; i < (both ? 2 : 1); i++) {
                cases.add(new Case(boundary, from));
                from = from.other();
            }
        }
        Stream.Builder<DynamicTest> tests = Stream.builder();
        for (int i = 0; i < cases.size(); i++) {
            Case now = cases.get(i);
            List<Case> next = cases.subList(i + 1, Math.min(i + 2, cases.size()));
            tests.add(
                    DynamicTest.dynamicTest(
                            "killed after '%s' of a %s"
                                    .formatted(now.boundary, Ground.command(now.from)),
                            () -> kill(now, next)));
        }
        int times = Integer.getInteger("relevo.test.random", 2);
        for (int i = 1; i <= times; i++) {
            tests.add(
                    DynamicTest.dynamicTest(
                            "killed at a random moment, " + i, this::killAtRandomMoment));
        }
        tests.add(DynamicTest.dynamicTest("nothing is lost", this::nothingIsLost));
        return tests.build();
    }

    private void kill(Case now, List<Case> next) {
        assertThat(serving).isEqualTo(now.from);
        if (ready.isEmpty()) {
            ready.add(coordinator(now));
        }
        boolean committed = boundaries.indexOf(now.boundary) >= boundaries.indexOf("commit point");
        String what = now.boundary + " of " + Ground.command(now.from);
        try (Coordinator coordinator = ready.remove()) {
            coordinator.give(Ground.command(now.from), ground.settings);
            int status = coordinator.await(Duration.ofSeconds(90));
            long died = System.nanoTime();
            assertThat(status).as(() -> coordinator.said()).isEqualTo(Coordinator.KILLED);
            Side expected = committed ? now.from.other() : now.from;
            ground.awaitServing(expected, SOON);
            phaseEnds("death at " + what, expected);
            System.out.printf(
                    "%-32s %s serves %d ms later%n",
                    what, expected, (System.nanoTime() - died) / 1_000_000);
        }
        next.forEach(c -> ready.add(coordinator(c)));
        ground.awaitNobodyAtWork();
        ground.handOver(now.from);
        ground.awaitServing(now.from.other(), SOON);
        phaseEnds("the same again after death at " + what, now.from.other());
        ground.requireTidy(now.from.other());
        assertThat(ground.sessions(Side.OLD) + ground.sessions(Side.NEW)).isEmpty();
    }

    /** Anywhere in the whole of it, or within the tenth of a second in which clients wait. */
    private void killAtRandomMoment() {
        Side from = serving;
        String what;
        try (Coordinator coordinator = Coordinator.ready()) {
            coordinator.give(Ground.command(from), ground.settings);
            if (random.nextBoolean()) {
                int after = random.nextInt(2500);
                LockSupport.parkNanos(after * 1_000_000L);
                what = "%d ms into %s".formatted(after, Ground.command(from));
            } else {
                Ground.await(
                        Duration.ofSeconds(90),
                        "read-only",
                        () -> ground.isReadOnly(from) || !coordinator.isAlive());
                int after = random.nextInt(100);
                LockSupport.parkNanos(after * 1_000_000L);
                what = "%d ms after read-only of %s".formatted(after, Ground.command(from));
            }
            coordinator.kill();
            long died = System.nanoTime();
            Side found = ground.awaitOneServing(SOON);
            System.out.printf(
                    "%-32s %s serves %d ms later%n",
                    what, found, (System.nanoTime() - died) / 1_000_000);
            phaseEnds("death " + what, found);
        }
        ground.awaitNobodyAtWork();
        ground.handOver(from);
        ground.awaitServing(from.other(), SOON);
        phaseEnds("the same again after death " + what, from.other());
        ground.requireTidy(from.other());
        assertThat(ground.sessions(Side.OLD) + ground.sessions(Side.NEW)).isEmpty();
    }

    private static Coordinator coordinator(Case at) {
        return Coordinator.dyingAt("handover/" + at.boundary.replace(' ', '-'));
    }

    /** Called when {@code after} serves and the other side refuses. */
    private void phaseEnds(String what, Side after) {
        long now = System.nanoTime();
        phases.add(new Phase(what, phaseBegan, now, serving, after));
        phaseBegan = now;
        serving = after;
    }

    private void nothingIsLost() {
        onOld.close();
        onNew.close();
        var report = load.stop();
        ground.requireNothingLost(report);
        System.out.printf("%s; first errors: %s%n", report.counters(), report.complaints());
        for (Side side : Side.values()) {
            Set<String> found = probes(side);
            requireProbes(found, onOld, Side.OLD);
            requireProbes(found, onNew, Side.NEW);
        }
        phases.forEach(this::requireOneAfterTheOther);
    }

    private Set<String> probes(Side side) {
        try (Session session = ground.superuser(side).open("look")) {
            return new HashSet<>(
                    session.query(
                            "SELECT side || ' ' || n AS probe FROM public.probe",
                            row -> row.text("probe")));
        }
    }

    private static void requireProbes(Set<String> found, Prober prober, Side side) {
        assertThat(prober.writes()).isNotEmpty();
        Set<String> expected = new HashSet<>();
        prober.writes().forEach(write -> expected.add(side.label() + " " + write.number()));
        assertThat(found).containsAll(expected);
        Set<String> surplus = new HashSet<>(found);
        surplus.removeIf(name -> !name.startsWith(side.label() + " "));
        surplus.removeAll(expected);
        prober.unanswered().forEach(number -> surplus.remove(side.label() + " " + number));
        assertThat(surplus).as("neither acknowledged nor without an answer").isEmpty();
    }

    /** No write on the side that served before was committed after one on the other side. */
    private void requireOneAfterTheOther(Phase phase) {
        long lastBefore =
                within(phase, phase.before).mapToLong(Prober.Write::sent).max().orElse(phase.from);
        long firstAfter =
                within(phase, phase.before.other())
                        .mapToLong(Prober.Write::answered)
                        .min()
                        .orElse(Long.MAX_VALUE);
        if (phase.before == phase.after) {
            assertThat(firstAfter).as(phase.what).isEqualTo(Long.MAX_VALUE);
        } else {
            assertThat(lastBefore).as(phase.what).isLessThanOrEqualTo(firstAfter);
        }
    }

    private Stream<Prober.Write> within(Phase phase, Side side) {
        return (side == Side.OLD ? onOld : onNew)
                .writes().stream()
                        .filter(write -> write.sent() >= phase.from && write.sent() < phase.to);
    }
}
