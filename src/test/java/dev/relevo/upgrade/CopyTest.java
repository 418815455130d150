package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.check.Finding;
import dev.relevo.handover.Limits;
import dev.relevo.lab.Load;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The initial copy: everything arrives as it is, whoever dies meanwhile and whenever. */
class CopyTest {
    private static final long SEED = 20_251_123;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    static final String SNAPSHOT = "SELECT value[1] FROM relevo.fact WHERE kind = 'snapshot'";

    @ParameterizedTest
    @CsvSource({"11, 18"})
    void everyTableArrivesAsItIs(int oldMajor, int newMajor) {
        try (Ground ground = ground(oldMajor, newMajor)) {
            refusesWhatNewerServersDoNotHave(ground);
            ground.upgrade.start(_ -> {});
            requireEqual(ground);
            assertThat(keepers(ground)).isEqualTo("0");
            assertThat(
                            ground.text(
                                    Side.NEW,
                                    "SELECT padded FROM relevo.copy_table WHERE is_binary AND name ="
                                            + " 'filled_up'"))
                    .isEqualTo("-pp--p");
            // Before anything is followed every table has its keys, by which rows are found.
            assertThat(
                            ground.text(
                                    Side.NEW,
                                    "SELECT count(*) FROM relevo.after_data a WHERE kind <> 'rest'"
                                            + " AND NOT EXISTS (SELECT FROM relevo.copy_task t WHERE"
                                            + " a.id = ANY (t.entries))"))
                    .isEqualTo("0");
            // What is inserted now goes through the indexes and by replication.
            Ground.run(
                    ground.superuser(Side.OLD),
                    "UPDATE public.big SET filler = 'changed' WHERE id < 100;"
                            + " DELETE FROM public.big WHERE id > 179000;"
                            + " INSERT INTO public.empty_one VALUES (1, 'x');"
                            + " UPDATE \"Mixed Case\".\"Tab\"\"le ü\" SET moods = moods || NULL::\"Mixed Case\".\"Mood\" WHERE p < 9;"
                            + " INSERT INTO public.named (id, x) VALUES (2, XMLPARSE(CONTENT 'text'))");
            ground.upgrade.awaitFollowing();
            requireEqual(ground);
        }
    }

    /** Texts, names and what is kept of the schema; no statement of Relevo's may need UTF-8. */
    @Test
    void databaseInAnotherEncodingArrives() {
        try (Ground ground = Ground.prepared(14, 16)) {
            Ground.run(
                    ground.superuser(Side.OLD),
                    "CREATE DATABASE latin1 TEMPLATE template0 ENCODING 'LATIN1'");
            Endpoint old = ground.superuser(Side.OLD).withDatabase("latin1");
            Endpoint fresh = ground.superuser(Side.NEW).withDatabase("latin1");
            Ground.run(
                    old,
                    "CREATE TABLE public.\"Täble\" (id integer PRIMARY KEY, \"ö\" text);"
                            + " INSERT INTO public.\"Täble\" SELECT g, 'naïve ' || g FROM generate_series(1, 99) g;"
                            + " CREATE INDEX \"ïx\" ON public.\"Täble\" (\"ö\") WHERE \"ö\" <> 'é';"
                            + " COMMENT ON INDEX public.\"ïx\" IS '½'");
            try (Upgrade upgrade =
                    new Upgrade(
                            new Settings(
                                    old,
                                    fresh,
                                    Optional.empty(),
                                    Optional.empty(),
                                    ground.settings.handover(),
                                    2,
                                    1),
                            "test")) {
                assertThat(upgrade.check())
                        .filteredOn(finding -> finding.severity() == Finding.Severity.ERROR)
                        .isEmpty();
                upgrade.start(_ -> {});
                Ground.run(old, "UPDATE public.\"Täble\" SET \"ö\" = 'ø' WHERE id < 9");
                upgrade.awaitFollowing();
                assertThat(Contents.checksums(fresh)).isEqualTo(Contents.checksums(old));
                assertThat(Contents.objects(fresh)).isEqualTo(Contents.objects(old));
            }
        }
    }

    /** The rows that were copied under the old name would be there twice. */
    @Test
    void tellsOfTablesThatWereRenamedMeanwhile() {
        try (Ground ground = ground(14, 16)) {
            dieAt("copy/loaded", ground);
            String rename = "ALTER TABLE public.dropped RENAME TO without_a_key";
            Ground.run(ground.superuser(Side.OLD), rename);
            assertThatThrownBy(() -> ground.upgrade.start(_ -> {}))
                    .hasMessageContaining("do not have the same tables");
            Ground.run(ground.superuser(Side.NEW), rename);
            assertThatThrownBy(() -> ground.upgrade.start(_ -> {}))
                    .hasMessageContaining("have rows already");
            ground.upgrade.abort(_ -> {});
            ground.upgrade.start(_ -> {});
            ground.upgrade.awaitFollowing();
            requireEqual(ground);
        }
    }

    private static void refusesWhatNewerServersDoNotHave(Ground ground) {
        Ground.run(
                ground.superuser(Side.OLD),
                "CREATE TABLE public.gone (a integer PRIMARY KEY, b abstime) WITH OIDS");
        assertThat(ground.upgrade.check())
                .filteredOn(finding -> finding.id().equals("removed-types"))
                .extracting(Finding::message)
                .containsExactly(
                        "table public.gone was made WITH OIDS",
                        "column b of public.gone has type abstime");
        Ground.run(ground.superuser(Side.OLD), "DROP TABLE public.gone");
    }

    @Test
    void goesOnInTheSameSnapshotWhereverItDies() {
        try (Ground ground = ground(14, 16)) {
            String snapshot = "";
            // Each dies in the first task of its kind that it comes to.
            for (String place : new String[] {"copy/CHUNK", "copy/CHUNK", "copy/CHUNK"}) {
                dieAt(place, ground);
                String now = ground.text(Side.OLD, SNAPSHOT);
                assertThat(snapshot).isIn("", now);
                snapshot = now;
                assertThat(keepers(ground)).isEqualTo("1");
                // What happens on the old server meanwhile comes from the slot, not by the copy.
                Ground.run(
                        ground.superuser(Side.OLD),
                        "UPDATE public.big SET filler = filler || 'x' WHERE id % 100 = 7;"
                                + " DELETE FROM public.refers WHERE id = (SELECT max(id) FROM"
                                + " public.refers)");
            }
            dieAt("copy/KEY", ground);
            dieAt("copy/INDEX", ground);
            ground.upgrade.start(_ -> {});
            assertThat(ground.text(Side.OLD, SNAPSHOT)).isEqualTo(snapshot);
            assertThat(keepers(ground)).isEqualTo("0");
            ground.upgrade.awaitFollowing();
            requireEqual(ground);
        }
    }

    @Test
    void keeperGoesAlsoWhenItDiesBehindTheLastRow() {
        try (Ground ground = ground(14, 16)) {
            dieAt("copy/loaded", ground);
            assertThat(keepers(ground)).isEqualTo("1");
            ground.upgrade.start(_ -> {});
            assertThat(keepers(ground)).isEqualTo("0");
            requireEqual(ground);
        }
    }

    @Test
    void beginsAnewWhenTheSnapshotIsGone() {
        try (Ground ground = ground(14, 18)) {
            dieAt("copy/KEY", ground);
            String snapshot = ground.text(Side.OLD, SNAPSHOT);
            ground.server(Side.OLD).crash();
            ground.server(Side.OLD).start();
            Ground.run(
                    ground.superuser(Side.OLD),
                    "DELETE FROM public.big WHERE id % 3 = 0 AND id > 1000");
            ground.upgrade.start(_ -> {});
            assertThat(ground.text(Side.OLD, SNAPSHOT)).isNotEqualTo(snapshot);
            ground.upgrade.awaitFollowing();
            requireEqual(ground);
        }
    }

    @Test
    void goesOnAfterTheNewServerCrashed() {
        try (Ground ground = ground(14, 16)) {
            dieAt("copy/KEY", ground);
            ground.server(Side.NEW).crash();
            ground.server(Side.NEW).start();
            ground.upgrade.start(_ -> {});
            ground.upgrade.awaitFollowing();
            requireEqual(ground);
        }
    }

    @Test
    void leavesTablesThatWereRewrittenOrMadeMeanwhileToPostgres() {
        try (Ground ground = ground(14, 16)) {
            dieAt("copy/CHUNK", ground);
            Ground.run(ground.superuser(Side.OLD), "VACUUM FULL public.big");
            Ground.run(
                    ground.superuser(Side.OLD),
                    "TRUNCATE public.toasted; INSERT INTO public.toasted VALUES (7, 'x', 'y');"
                            + " TRUNCATE public.named; INSERT INTO public.named (id) VALUES (7);"
                            + " CREATE TABLE public.late (a integer PRIMARY KEY);"
                            + " INSERT INTO public.late VALUES (1), (2)");
            Ground.run(
                    ground.superuser(Side.NEW), "CREATE TABLE public.late (a integer PRIMARY KEY)");
            ground.upgrade.start(_ -> {});
            assertThat(
                            ground.text(
                                    Side.NEW,
                                    "SELECT string_agg(name, ' ' ORDER BY name) FROM"
                                            + " relevo.copy_table WHERE left_out AND name <> 'big'"))
                    .isEqualTo("named toasted");
            ground.upgrade.awaitFollowing();
            requireEqual(ground);
        }
    }

    /** Small tables are copied together, but never is one waited for while others are held. */
    @Test
    void smallTableThatAClientLockedIsWaitedForAlone() throws Exception {
        try (Ground ground = ground(14, 16);
                Session client = ground.superuser(Side.OLD).open("client");
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> start = executor.submit(() -> ground.upgrade.start(_ -> {}));
            String workers =
                    "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'relevo copy"
                            + " worker' AND ";
            awaitOnOld(ground, workers + "query LIKE 'COPY %'");
            client.execute("BEGIN; LOCK TABLE public.safe IN ACCESS EXCLUSIVE MODE");
            awaitOnOld(ground, workers + "wait_event_type = 'Lock'");
            String held =
                    "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE"
                            + " a.application_name = 'relevo copy worker' AND a.wait_event_type ="
                            + " 'Lock' AND l.locktype = 'relation' AND l.granted AND l.relation >="
                            + " 16384";
            assertThat(ground.shared(Side.OLD, held)).isEqualTo("0");
            client.rollback();
            start.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            ground.upgrade.awaitFollowing();
            requireEqual(ground);
        }
    }

    private static void awaitOnOld(Ground ground, String question) {
        Ground.await(PATIENCE, question, () -> ground.shared(Side.OLD, question).equals("t"));
    }

    @Test
    void isKilledAgainAndAgainUnderLoadAndNothingIsLost() {
        Random random = new Random(SEED);
        try (Ground ground = ground(14, 16)) {
            try (Load load = ground.load(2)) {
                for (int i = 0; i < Integer.getInteger("relevo.test.random", 8); i++) {
                    long delay = 500 + random.nextLong(5000);
                    try (Coordinator coordinator = Coordinator.ready()) {
                        coordinator.give("start", ground.settings);
                        long due = System.nanoTime() + delay * 1_000_000;
                        Ground.await(PATIENCE, "the moment", () -> System.nanoTime() >= due);
                        coordinator.kill();
                    }
                    ground.awaitNobodyAtWork();
                }
                ground.upgrade.start(_ -> {});
                ground.requireNothingLost(load.stop());
            }
            requireEqual(ground);
        }
    }

    @Test
    void abortEndsTheKeeperAndLeavesNoTrace() {
        try (Ground ground = ground(14, 16)) {
            Map<?, ?> before = Contents.checksums(ground.superuser(Side.OLD));
            var traces = Traces.of(ground.superuser(Side.OLD), true);
            dieAt("copy/CHUNK", ground);
            assertThat(keepers(ground)).isEqualTo("1");
            ground.upgrade.abort(_ -> {});
            assertThat(Traces.of(ground.superuser(Side.OLD), true)).isEqualTo(traces);
            assertThat(Contents.checksums(ground.superuser(Side.OLD))).isEqualTo(before);
        }
    }

    /**
     * The rows are 102 MB, one of them twice that as text; the heap is half of bin/relevo's, 128
     * MB.
     */
    @Test
    void rowsMayBeBiggerThanTheHeapAndAsWideAsTheyGet() {
        try (Ground ground = Ground.prepared(14, 16)) {
            StringBuilder wide =
                    new StringBuilder("CREATE TABLE public.wide (c1 integer PRIMARY KEY");
            for (int i = 2; i <= 1600; i++) {
                wide.append(", \"Cölumn ").append(i).append("\" smallint");
            }
            Ground.run(
                    ground.superuser(Side.OLD),
                    wide
                            + "); INSERT INTO public.wide (c1) SELECT g FROM generate_series(1, 500) g;"
                            + " UPDATE public.wide SET \"Cölumn 1600\" = c1;"
                            + " CREATE TABLE public.huge (id integer PRIMARY KEY, b bytea, x xml);"
                            + " ALTER TABLE public.huge ALTER COLUMN b SET STORAGE EXTERNAL;"
                            + " INSERT INTO public.huge SELECT g, decode(repeat(md5(g::text), 6400000), 'hex')"
                            + " FROM generate_series(1, 1) g;"
                            + " CREATE TABLE public.huge_too (id integer PRIMARY KEY, b bytea);"
                            + " INSERT INTO public.huge_too SELECT id + 5, b FROM public.huge");
            try (Coordinator coordinator = Coordinator.ready()) {
                coordinator.give("start", ground.settings);
                int status = coordinator.await(PATIENCE);
                assertThat(status).as(() -> coordinator.said()).isZero();
            }
            requireEqual(ground);
        }
    }

    private static void dieAt(String place, Ground ground) {
        try (Coordinator coordinator = Coordinator.dyingAt(place)) {
            coordinator.give("start", ground.settings);
            int status = coordinator.await(PATIENCE);
            assertThat(status).as(() -> coordinator.said()).isEqualTo(Coordinator.KILLED);
        }
        ground.awaitNobodyAtWork();
    }

    private static String keepers(Ground ground) {
        return ground.text(
                Side.OLD,
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'relevo keeper'");
    }

    static void requireEqual(Ground ground) {
        assertThat(Contents.checksums(ground.superuser(Side.NEW)))
                .isEqualTo(Contents.checksums(ground.superuser(Side.OLD)));
        assertThat(Contents.objects(ground.superuser(Side.NEW)))
                .isEqualTo(Contents.objects(ground.superuser(Side.OLD)));
    }

    static Ground ground(int oldMajor, int newMajor) {
        Ground ground =
                new Ground(
                        oldMajor,
                        newMajor,
                        new Limits(
                                Duration.ofSeconds(5),
                                false,
                                Duration.ofSeconds(10),
                                Duration.ofMillis(50)));
        try (Session session =
                ground.superuser(Side.OLD)
                        .open(
                                "test",
                                Map.of("search_path", "public", "client_min_messages", "error"))) {
            session.execute(SqlFile.load(CopyTest.class, "copied"));
            if (session.version().atLeast(12)) {
                session.execute(SqlFile.load(CopyTest.class, "copied_pg12"));
            }
            if (session.version().atLeast(12) && newMajor >= 18) {
                // 18 refuses it as publisher, see check generated-columns.
                session.execute("DROP TABLE public.all_generated");
            }
        }
        return ground;
    }
}
