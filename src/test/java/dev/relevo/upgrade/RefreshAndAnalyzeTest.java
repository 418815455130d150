package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.problem.ProblemException;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What start evaluates on the new server, as clients would, and whatever of it fails. */
class RefreshAndAnalyzeTest {
    @Test
    void namesWhatFailsAndLeavesItOutWhenTold() {
        try (Ground ground = Ground.prepared(14, 16)) {
            Ground.run(
                    ground.superuser(Side.OLD),
                    """
                    CREATE FUNCTION public.inverse(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1 / i; END';
                    CREATE TABLE public.fails (id int PRIMARY KEY);
                    INSERT INTO public.fails SELECT g FROM generate_series(1, 9) g;
                    CREATE STATISTICS public.expression ON (public.inverse(id)), id FROM public.fails;
                    CREATE TABLE public.works (id int PRIMARY KEY); INSERT INTO public.works VALUES (1);
                    CREATE MATERIALIZED VIEW public."a fails" AS SELECT public.inverse(id) AS i FROM public.fails;
                    CREATE MATERIALIZED VIEW public.z_works AS SELECT id FROM public.works;
                    CREATE FOREIGN DATA WRAPPER without_handler;
                    CREATE SERVER far FOREIGN DATA WRAPPER without_handler;
                    CREATE TABLE public.parts (id int) PARTITION BY RANGE (id);
                    CREATE TABLE public.parts_1 PARTITION OF public.parts FOR VALUES FROM (0) TO (9);
                    CREATE FOREIGN TABLE public.parts_2 PARTITION OF public.parts FOR VALUES FROM (9) TO (99) SERVER far;
                    INSERT INTO public.parts VALUES (1), (2);
                    INSERT INTO public.fails VALUES (0);
                    """);
            assertThatThrownBy(() -> ground.upgrade.start(_ -> {}))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> {
                                assertThat(e.problem().code()).isEqualTo("refresh-or-analyze");
                                assertThat(e.problem().detail())
                                        .contains(
                                                "REFRESH MATERIALIZED VIEW \"public\".\"a fails\": division by zero",
                                                "ANALYZE \"public\".\"fails\": division by zero",
                                                "ANALYZE \"public\".\"parts\": ")
                                        .doesNotContain("works");
                                assertThat(e.problem().hint())
                                        .contains(
                                                "--leave-out 'public.a fails' --leave-out public.fails"
                                                        + " --leave-out public.parts");
                            });
            assertThat(ground.text(Side.NEW, "SELECT count(*) FROM public.z_works")).isEqualTo("1");
            assertThat(statistics(ground, "works")).isNotEqualTo("0");
            // One is fixed, the others are left out.
            Ground.run(ground.superuser(Side.OLD), "DROP STATISTICS public.expression");
            Ground.run(ground.superuser(Side.NEW), "DROP STATISTICS public.expression");
            try (Upgrade upgrade =
                    new Upgrade(
                            ground.settings.leavingOut(
                                    Set.of("public.a fails", "\"public\".\"parts\"")),
                            "test")) {
                upgrade.start(_ -> {});
            }
            assertThat(statistics(ground, "fails")).isNotEqualTo("0");
            assertThat(statistics(ground, "parts_1")).isNotEqualTo("0");
            assertThat(
                            ground.text(
                                    Side.NEW,
                                    "SELECT relispopulated FROM pg_class WHERE relname = 'a fails'"))
                    .isEqualTo("f");
            ground.handOver(Side.OLD);
        }
    }

    /** A date of a moment hangs on the time zone, and this machine's is not the database's. */
    @Test
    void evaluatesAsClientsOfTheDatabaseWould() {
        try (Ground ground = Ground.prepared(14, 16)) {
            Ground.run(
                    ground.superuser(Side.OLD),
                    """
                    ALTER DATABASE pgbench SET timezone = 'Asia/Shanghai';
                    ALTER DATABASE pgbench SET datestyle = 'German, DMY';
                    SET timezone = 'Asia/Shanghai'; SET datestyle = 'ISO, DMY';
                    CREATE TABLE public.dated (id int PRIMARY KEY, at timestamptz, day text CHECK (day::date = at::date));
                    INSERT INTO public.dated VALUES (1, '2024-03-04 22:00:00+00', '05/03/2024');
                    CREATE MATERIALIZED VIEW public.days AS SELECT pg_catalog.to_char(at, 'DD/MM/YYYY') AS day FROM public.dated;
                    """);
            ground.upgrade.start(_ -> {});
            assertThat(ground.text(Side.NEW, "SELECT day FROM public.days"))
                    .isEqualTo("05/03/2024");
            Ground.run(
                    ground.superuser(Side.OLD),
                    "SET timezone = 'Asia/Shanghai'; SET datestyle = 'ISO, DMY'; INSERT INTO"
                            + " public.dated VALUES (2, '2024-12-31 22:00:00+00', '01/01/2025')");
            ground.upgrade.awaitFollowing();
            assertThat(ground.text(Side.NEW, "SELECT count(*) FROM public.dated")).isEqualTo("2");
        }
    }

    private static String statistics(Ground ground, String table) {
        return ground.text(
                Side.NEW, "SELECT count(*) FROM pg_stats WHERE tablename = '" + table + "'");
    }
}
