package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.handover.Limits;
import dev.relevo.lab.Load;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Several subscriptions in each direction: what is true of one is true of all together. */
class SubscriptionsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final String STATUS = "SELECT status FROM relevo.state";

    private static final String HOLD =
            "SELECT pg_catalog.pg_advisory_lock(pg_catalog.ascii(?::text))";

    private static final String TIED =
            """
            CREATE TABLE public.author (id integer PRIMARY KEY);
            CREATE TABLE public.book (id integer PRIMARY KEY, author integer REFERENCES public.author);
            INSERT INTO public.author SELECT generate_series(1, 10);
            INSERT INTO public.book SELECT g, g FROM generate_series(1, 10) g;
            """;

    @Test
    void loseNothingForthAndBackAndLeaveNoTrace() {
        roundTrip(14, 16, 3);
    }

    @Test
    void loseNothingWithFourAndFromTheOldestThatCan() {
        roundTrip(14, 16, 4);
        roundTrip(12, 18, 4);
    }

    private static void roundTrip(int oldMajor, int newMajor, int number) {
        try (Ground ground = Ground.prepared(oldMajor, newMajor, number)) {
            Ground.run(ground.superuser(Side.OLD), TIED);
            Set<String> before = Traces.of(ground.superuser(Side.OLD), false);
            Set<String> beforeNew = Traces.of(ground.superuser(Side.NEW), false);
            try (Load load = ground.load(4)) {
                // The copy, and the first change of each slot, under load.
                ground.upgrade.start(_ -> {});
                refusesAnotherNumber(ground, number);
                theLastMarkCounts(ground, number);
                ground.handOver(Side.NEW);
                ground.requireTidy(Side.OLD, number);
                truncatesTablesOfSeveralGroups(ground);
                ground.requireNothingLost(load.stop());
            }
            CopyTest.requireEqual(ground);
            assertThat(ground.upgrade.status().replication().orElseThrow().subscriptions())
                    .hasSize(number)
                    .allMatch(Status.Subscription::workerRunning);
            ground.upgrade.abort(_ -> {});
            assertThat(Traces.of(ground.superuser(Side.OLD), false)).isEqualTo(before);
            assertThat(Traces.of(ground.superuser(Side.NEW), false)).isEqualTo(beforeNew);
        }
    }

    private static void refusesAnotherNumber(Ground ground, int number) {
        Settings other = ground.with(Limits.DEFAULT, number + 1);
        try (Upgrade upgrade = new Upgrade(other, "test")) {
            assertThatThrownBy(() -> upgrade.start(_ -> {}))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> assertThat(e.problem().code()).isEqualTo("subscriptions-differ"));
        }
        Settings open = ground.with(Limits.DEFAULT, Settings.AUTOMATIC);
        try (Upgrade upgrade = new Upgrade(open, "test")) {
            upgrade.start(_ -> {});
        }
    }

    /** Each subscription is told of its own tables only, and refuses what a foreign key forbids. */
    private static void truncatesTablesOfSeveralGroups(Ground ground) {
        Ground.run(ground.superuser(Side.OLD), "TRUNCATE public.author, public.probe CASCADE");
        Ground.run(ground.superuser(Side.OLD), "INSERT INTO public.author VALUES (11)");
        ground.upgrade.awaitFollowing();
        assertThat(ground.text(Side.NEW, "SELECT count(*) FROM public.book")).isEqualTo("0");
        assertThat(ground.text(Side.NEW, "SELECT string_agg(id::text, ',') FROM public.author"))
                .isEqualTo("11");
    }

    @Test
    void finishLeavesNoTrace() {
        try (Ground ground = Ground.prepared(14, 16, 2)) {
            ground.upgrade.start(_ -> {});
            ground.handOver(Side.OLD);
            ground.upgrade.finish(_ -> {});
            for (Side side : Side.values()) {
                assertThat(Traces.of(ground.superuser(side), false))
                        .noneMatch(line -> Traces.isLeft(side, line))
                        .noneMatch(line -> line.startsWith("slot "))
                        .noneMatch(line -> line.startsWith("subscription "))
                        .contains("origin 0");
            }
        }
    }

    /**
     * What one of several has not been told yet keeps all from opening, with Relevo and without.
     */
    private static void theLastMarkCounts(Ground ground, int number) {
        Ground.run(
                ground.superuser(Side.NEW),
                """
                CREATE FUNCTION relevo.hold() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    PERFORM pg_catalog.pg_advisory_xact_lock(pg_catalog.ascii(NEW.id));
                    RETURN NEW;
                END $$;
                CREATE TRIGGER hold BEFORE INSERT ON relevo.nonce_old_2 FOR EACH ROW EXECUTE FUNCTION relevo.hold();
                ALTER TABLE relevo.nonce_old_2 ENABLE REPLICA TRIGGER hold
                """);
        try (Session holder = ground.superuser(Side.NEW).open("test");
                Coordinator coordinator = Coordinator.dyingAt("handover/commit-point")) {
            holder.text(HOLD, "b");
            isUndone(ground, number);
            holder.text("SELECT pg_catalog.pg_advisory_unlock_all()");
            holder.text(HOLD, "f");
            coordinator.give("switch", ground.settings);
            int status = coordinator.await(PATIENCE);
            assertThat(status).as(() -> coordinator.said()).isEqualTo(Coordinator.KILLED);
            Ground.await(
                    PATIENCE,
                    "all marks but one",
                    () ->
                            ground.text(
                                            Side.NEW,
                                            "SELECT count(*) FROM relevo.marks WHERE id LIKE 'f%'")
                                    .equals(Integer.toString(number - 1)));
            ground.awaitNobodyAtWork();
            assertThat(ground.text(Side.NEW, STATUS)).isEqualTo("closed");
            assertThat(ground.text(Side.OLD, STATUS)).isEqualTo("fenced");
            assertThat(ground.client(Side.OLD).isRefused()).isTrue();
        }
        ground.awaitServing(Side.NEW, PATIENCE);
        ground.handOver(Side.OLD);
        ground.requireTidy(Side.NEW, number);
        Ground.run(ground.superuser(Side.NEW), "DROP FUNCTION relevo.hold() CASCADE");
    }

    /** The barrier is not passed before every mark is there. */
    private static void isUndone(Ground ground, int number) {
        Limits impatient =
                new Limits(
                        Duration.ofSeconds(5),
                        false,
                        Duration.ofMillis(500),
                        Duration.ofMillis(50));
        try (Upgrade upgrade = new Upgrade(ground.with(impatient, number), "test")) {
            assertThatThrownBy(() -> upgrade.switchOver(_ -> {}))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> assertThat(e.problem().code()).isEqualTo("catch-up-timeout"));
        }
        ground.awaitServing(Side.OLD, PATIENCE);
    }

    /** A server before 12 cannot copy a slot, and two slots made apart do not begin together. */
    @Test
    void areRefusedWhereASlotCannotBeCopied() {
        try (Ground ground = Ground.prepared(11, 16, 2)) {
            assertThatThrownBy(() -> ground.upgrade.start(_ -> {}))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> {
                                assertThat(e.problem().status()).isEqualTo(ExitStatus.CHECK);
                                assertThat(e.problem().code()).isEqualTo("slot-copy");
                            });
        }
    }
}
