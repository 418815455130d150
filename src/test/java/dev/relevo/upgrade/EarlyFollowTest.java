package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Session;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Changes are followed before the last index is built. */
class EarlyFollowTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** No small tables; the indexes of held are taken first, in the order of their names. */
    private static final String TABLES =
            """
            CREATE INDEX held_zz ON public.held (left(filler, 10));
            CREATE TABLE public.other (id integer PRIMARY KEY, filler text);
            ALTER TABLE public.other ALTER COLUMN filler SET STORAGE EXTERNAL;
            INSERT INTO public.other SELECT g, repeat(md5(g::text), 20000) FROM generate_series(1, 10) g;
            CREATE INDEX other_filler ON public.other (left(filler, 10));
            CREATE TABLE public.whole AS SELECT * FROM public.other;
            ALTER TABLE public.whole ALTER COLUMN filler SET STORAGE EXTERNAL;
            UPDATE public.whole SET filler = filler || 'x';
            CREATE INDEX whole_id ON public.whole (id);
            CREATE TABLE public.named AS SELECT * FROM public.other;
            ALTER TABLE public.named ALTER COLUMN filler SET STORAGE EXTERNAL, ALTER COLUMN id SET NOT NULL;
            UPDATE public.named SET filler = filler || 'x';
            CREATE UNIQUE INDEX named_id ON public.named (id);
            """;

    private static final String APPLY_WAITS =
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted"
                    + " AND l.relation = 'public.held'::regclass AND a.application_name NOT LIKE"
                    + " 'relevo copy worker%'";

    private static final String DONE =
            "SELECT string_agg(a.what, ', ' ORDER BY a.id) FROM relevo.after_data a WHERE a.kind ="
                    + " 'index' AND a.done AND a.name IN ('held', 'other', 'whole', 'named')";

    @ParameterizedTest
    @CsvSource({"11, 18", "14, 16"})
    @SuppressWarnings("try") // what is held is let go in the middle
    void changesArriveWhileAnIndexIsBuiltAndWhoeverDiesThen(int oldMajor, int newMajor)
            throws Exception {
        try (Ground ground = Ground.prepared(oldMajor, newMajor);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
                Held held = Held.index(ground)) {
            Ground.run(ground.superuser(Side.OLD), TABLES);
            Settings alone = ground.settings.withJobs(1);
            try (Coordinator coordinator = Coordinator.ready()) {
                coordinator.give("start", alone);
                awaitArrival(ground, 1);
                // Tables whose rows are found by an index that is not a constraint's have it.
                assertThat(ground.text(Side.NEW, DONE)).isEqualTo("INDEX whole_id");
                assertThat(ground.text(Side.NEW, "SELECT to_regclass('public.named_id') IS NULL"))
                        .isEqualTo("f");
                Status status = ground.upgrade.status();
                assertThat(status.phase()).isEqualTo(Status.Phase.STARTING);
                assertThat(status.replication().orElseThrow().workerRunning()).isTrue();
                // A change of that table waits; nobody waits for it but the changes behind it.
                Ground.run(ground.superuser(Side.OLD), "UPDATE public.held SET filler = 'new'");
                Ground.await(
                        PATIENCE,
                        "an apply worker that waits",
                        () -> ground.text(Side.NEW, APPLY_WAITS).equals("1"));
                Future<?> helper =
                        executor.submit(() -> new Upgrade(alone, "helper").joinCopy(_ -> {}));
                Ground.await(
                        PATIENCE,
                        "an index of another table",
                        () ->
                                helper.isDone()
                                        || ground.text(Side.NEW, DONE)
                                                .equals("INDEX other_filler, INDEX whole_id"));
                assertThat(ground.text(Side.NEW, APPLY_WAITS)).isEqualTo("1");
                coordinator.kill();
                ground.awaitNobodyAtWork();
                Future<?> start = executor.submit(() -> ground.upgrade.start(_ -> {}));
                awaitArrival(ground, 2);
                assertThat(ground.text(Side.NEW, "SELECT to_regclass('public.held_waits') IS NULL"))
                        .isEqualTo("t");
                held.close();
                start.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                helper.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
            ground.requireTidy(Side.OLD);
            ground.upgrade.awaitFollowing();
            CopyTest.requireEqual(ground);
        }
    }

    @Test
    void abortThenLeavesNoTrace() {
        try (Ground ground = Ground.prepared(14, 16)) {
            Set<String> before = Traces.of(ground.superuser(Side.NEW), false);
            try (Held held = Held.index(ground)) {
                assertThat(held).isNotNull();
                Set<String> beforeOld = Traces.of(ground.superuser(Side.OLD), false);
                try (Coordinator coordinator = Coordinator.ready()) {
                    coordinator.give("start", ground.settings);
                    awaitArrival(ground, 1);
                    Ground.run(ground.superuser(Side.OLD), "DELETE FROM public.held");
                    Ground.await(
                            PATIENCE,
                            "an apply worker that waits",
                            () -> ground.text(Side.NEW, APPLY_WAITS).equals("1"));
                }
                ground.awaitNobodyAtWork();
                ground.upgrade.abort(_ -> {});
                assertThat(Traces.of(ground.superuser(Side.OLD), false)).isEqualTo(beforeOld);
                assertThat(Traces.of(ground.superuser(Side.NEW), false)).isEqualTo(before);
            }
        }
    }

    /**
     * An apply worker that truncates two tables waits for an index of the second one, which comes
     * to read the first one. The server ends the statement, and the index is built anew.
     */
    @Test
    @SuppressWarnings("try") // what is held is let go in the middle
    void aDeadlockWithAnApplyWorkerEndsNothing() throws Exception {
        try (Ground ground = Ground.prepared(14, 18);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
                Held held = Held.index(ground)) {
            Ground.run(
                    ground.superuser(Side.OLD),
                    """
                    CREATE TABLE public.a_read (id integer PRIMARY KEY);
                    CREATE FUNCTION public.reads(i integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
                    BEGIN
                        PERFORM public.waits(i);
                        PERFORM FROM public.a_read;
                        RETURN i;
                    END $$;
                    CREATE INDEX held_reads ON public.held (public.reads(id));
                    DROP INDEX public.held_waits
                    """);
            Future<?> start = executor.submit(() -> ground.upgrade.start(_ -> {}));
            awaitArrival(ground, 1);
            Ground.run(ground.superuser(Side.OLD), "TRUNCATE public.a_read, public.held");
            // Who waits looks for a deadlock once, after deadlock_timeout, and is the one to fail.
            Ground.await(
                    PATIENCE,
                    "an apply worker that waits and does not look for a deadlock any more",
                    () ->
                            ground.text(
                                            Side.NEW,
                                            APPLY_WAITS
                                                    + " AND l.waitstart < clock_timestamp() - 2 *"
                                                    + " current_setting('deadlock_timeout')::interval")
                                    .equals("1"));
            held.close();
            start.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(
                            ground.text(
                                    Side.NEW,
                                    "SELECT deadlocks FROM pg_stat_database WHERE datname ="
                                            + " current_database()"))
                    .isEqualTo("1");
            ground.upgrade.awaitFollowing();
            CopyTest.requireEqual(ground);
        }
    }

    /** A change made on the old server now is on the new one, and the index is being built. */
    private static void awaitArrival(Ground ground, int number) {
        Ground.await(PATIENCE, "an index under way", () -> isHeld(ground));
        Ground.run(
                ground.superuser(Side.OLD),
                "INSERT INTO public.probe VALUES ('x', " + number + ")");
        try (Session session = ground.superuser(Side.NEW).open("look")) {
            Ground.await(
                    PATIENCE,
                    "a change that arrives",
                    () -> session.exists("SELECT FROM public.probe WHERE n = ?", number));
        }
        assertThat(isHeld(ground)).isTrue();
    }

    /** Whether the index is being built that waits; others may be under way for a moment. */
    private static boolean isHeld(Ground ground) {
        return ground.upgrade.status().copy().stream()
                .flatMap(copy -> copy.standing().building().stream())
                .anyMatch(index -> index.statement().matches("(?s).*held_(waits|reads).*"));
    }
}
