package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Foreign keys that are made, while the new server follows, between tables of two subscriptions.
 */
class CrossingKeysTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final String TIE =
            "ALTER TABLE public.book ADD CONSTRAINT book_account FOREIGN KEY (account) REFERENCES"
                    + " public.pgbench_accounts";

    private static final String UNTIE = "ALTER TABLE public.book DROP CONSTRAINT book_account";

    /** What is written most, and is biggest, is alone with one of two subscriptions. */
    private static final String ALONE =
            "SELECT FROM pg_stat_user_tables WHERE relname = 'pgbench_accounts' AND n_tup_ins >= 100000";

    private static final String TABLES =
            """
            CREATE TABLE public.book (id integer PRIMARY KEY, account integer);
            INSERT INTO public.book SELECT g, g FROM generate_series(1, 1000) g;
            CREATE TABLE public.shelf (id integer PRIMARY KEY) PARTITION BY RANGE (id);
            CREATE TABLE public.shelf_low PARTITION OF public.shelf FOR VALUES FROM (0) TO (10);
            CREATE TABLE public.shelf_high PARTITION OF public.shelf FOR VALUES FROM (10) TO (20);
            INSERT INTO public.shelf VALUES (7)
            """;

    @Test
    void areToldAndRefusedBeforeATruncateStopsAnApplyWorkerForGood() {
        stopAnApplyWorker(14, 16);
    }

    @Test
    void areToldAndRefusedFromTheOldestToTheNewest() {
        stopAnApplyWorker(12, 18);
    }

    private static void stopAnApplyWorker(int oldMajor, int newMajor) {
        try (Ground ground = Ground.prepared(oldMajor, newMajor, 2)) {
            Ground.run(ground.superuser(Side.OLD), TABLES);
            Ground.await(PATIENCE, "statistics", () -> isCounted(ground));
            ground.upgrade.start(_ -> {});
            String stopped = subscription(ground, "pgbench_accounts");
            assertThat(subscription(ground, "book")).isNotEqualTo(stopped);
            assertThat(problems(ground)).isEmpty();

            for (Side side : Side.values()) {
                Ground.run(ground.superuser(side), TIE);
                String place = side == Side.OLD ? "the old server" : "both servers";
                assertThat(problems(ground))
                        .singleElement()
                        .asString()
                        .startsWith(
                                "foreign key book_account of public.book to public.pgbench_accounts, on "
                                        + place)
                        .endsWith("run " + UNTIE + " there");
                assertThatThrownBy(() -> ground.handOver(Side.OLD))
                        .isInstanceOfSatisfying(
                                ProblemException.class,
                                e -> {
                                    assertThat(e.problem().status()).isEqualTo(ExitStatus.STATE);
                                    assertThat(e.problem().code())
                                            .isEqualTo("foreign-key-across-subscriptions");
                                    assertThat(e.problem().detail()).endsWith("on " + place);
                                    assertThat(e.problem().hint()).contains(UNTIE);
                                });
            }

            Ground.run(ground.superuser(Side.OLD), "TRUNCATE public.pgbench_accounts CASCADE");
            Ground.run(
                    ground.superuser(Side.OLD),
                    "INSERT INTO public.pgbench_accounts VALUES (7, 1, 0)");
            Ground.await(
                    PATIENCE,
                    "an apply worker that has stopped",
                    () ->
                            problems(ground).stream()
                                    .anyMatch(p -> p.contains("apply worker of " + stopped + " ")));
            Ground.await(
                    PATIENCE,
                    "the other one goes on",
                    () -> ground.text(Side.NEW, "SELECT count(*) FROM public.book").equals("0"));
            assertThat(ground.text(Side.NEW, "SELECT count(*) FROM public.pgbench_accounts"))
                    .isEqualTo("100000");

            // One drop, on the side that follows, and it goes on by itself.
            Ground.run(ground.superuser(Side.NEW), UNTIE);
            ground.upgrade.awaitFollowing();
            assertThat(
                            ground.text(
                                    Side.NEW,
                                    "SELECT string_agg(aid::text, ',') FROM public.pgbench_accounts"))
                    .isEqualTo("7");
            assertThat(problems(ground)).singleElement().asString().contains("on the old server");

            Ground.run(ground.superuser(Side.OLD), UNTIE);
            assertThat(problems(ground)).isEmpty();
            ground.handOver(Side.OLD);
            rollsBackAllTheSame(ground);
        }
    }

    /** Made on the side that serves now, and on the one that follows. */
    private static void rollsBackAllTheSame(Ground ground) {
        for (Side side : Side.values()) {
            Ground.run(
                    ground.superuser(side),
                    "ALTER TABLE public.pgbench_accounts ADD CONSTRAINT account_shelf FOREIGN KEY"
                            + " (aid) REFERENCES public.shelf");
        }
        assertThat(problems(ground))
                .singleElement()
                .asString()
                .startsWith(
                        "foreign key account_shelf of public.pgbench_accounts to public.shelf, on both servers");
        ground.handOver(Side.NEW);
        ground.awaitServing(Side.OLD, Duration.ofSeconds(2));
    }

    private static boolean isCounted(Ground ground) {
        try (Session session = ground.superuser(Side.OLD).open("look")) {
            return session.exists(ALONE);
        }
    }

    private static String subscription(Ground ground, String table) {
        return ground.text(
                        Side.OLD,
                        "SELECT p.pubname FROM pg_publication_rel r JOIN pg_publication p ON p.oid ="
                                + " r.prpubid WHERE r.prrelid = 'public."
                                + table
                                + "'::regclass")
                .replaceFirst("^(relevo_[0-9a-f]{8})", "$1_new");
    }

    private static List<String> problems(Ground ground) {
        return ground.upgrade.status().replication().orElseThrow().problems();
    }
}
