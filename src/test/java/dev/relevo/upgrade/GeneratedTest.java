package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.problem.ProblemException;
import org.junit.jupiter.api.Test;

/** From 18 on a server refuses REPLICA IDENTITY FULL together with generated columns. */
class GeneratedTest {
    private static final String TABLES =
            """
            CREATE TABLE public.full_with_key (id int PRIMARY KEY, v text, g text GENERATED ALWAYS AS (v || '!') STORED);
            ALTER TABLE public.full_with_key REPLICA IDENTITY FULL;
            CREATE TABLE public.full_with_index (id int NOT NULL UNIQUE, v text, g text GENERATED ALWAYS AS (v || '!') STORED UNIQUE);
            ALTER TABLE public.full_with_index REPLICA IDENTITY FULL;
            CREATE TABLE public.no_key (id int, v text, g int GENERATED ALWAYS AS (id * 2) STORED UNIQUE);
            INSERT INTO public.full_with_key SELECT n, 'v' || n FROM generate_series(1, 9) n;
            INSERT INTO public.full_with_index SELECT n, 'v' || n FROM generate_series(1, 9) n;
            INSERT INTO public.no_key SELECT n, 'v' || n FROM generate_series(1, 9) n;
            """;

    private static final String ROWS =
            "SELECT string_agg(r, ' ' ORDER BY r) FROM (SELECT t::text AS r FROM public.full_with_key t"
                    + " UNION ALL SELECT t::text FROM public.full_with_index t UNION ALL"
                    + " SELECT t::text FROM public.no_key t) o";

    @Test
    void aKeyIsTakenInsteadAndWhereThereIsNoneTheTableIsRefused() {
        try (Ground ground = Ground.prepared(14, 18)) {
            Ground.run(ground.superuser(Side.OLD), TABLES);
            assertThatThrownBy(() -> ground.upgrade.start(_ -> {}))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> {
                                assertThat(e.problem().code()).isEqualTo("generated-columns");
                                assertThat(e.problem().message()).contains("public.no_key");
                            });
            assertThat(
                            ground.text(
                                    Side.OLD,
                                    "SELECT count(*) FROM pg_namespace WHERE nspname = 'relevo'"))
                    .isEqualTo("0");
            // As the hint says.
            Ground.run(
                    ground.superuser(Side.OLD),
                    "ALTER TABLE public.no_key ADD COLUMN n bigint GENERATED ALWAYS AS IDENTITY UNIQUE");
            ground.upgrade.start(_ -> {});
            change(ground, Side.OLD);
            ground.handOver(Side.OLD);
            change(ground, Side.NEW);
            ground.handOver(Side.NEW);
            change(ground, Side.OLD);
            ground.handOver(Side.OLD);
            ground.upgrade.finish(_ -> {});
            assertThat(
                            ground.text(
                                    Side.NEW,
                                    "SELECT string_agg(relreplident::text, '' ORDER BY relname) FROM pg_class WHERE"
                                            + " relname IN ('full_with_index', 'full_with_key', 'no_key')"))
                    .isEqualTo("ffd");
        }
    }

    private static void change(Ground ground, Side side) {
        for (String table : new String[] {"full_with_key", "full_with_index", "no_key"}) {
            Ground.run(
                    ground.superuser(side),
                    "UPDATE public.%1$s SET v = v || 'x' WHERE id %% 3 = 0; DELETE FROM public.%1$s WHERE id ="
                                    .formatted(table)
                            + " (SELECT min(id) FROM public.%1$s); INSERT INTO public.%1$s (id, v) SELECT max(id) + 1,"
                                    .formatted(table)
                            + " NULL FROM public.%s".formatted(table));
        }
        ground.upgrade.awaitFollowing();
        assertThat(ground.text(Side.NEW, ROWS)).isEqualTo(ground.text(Side.OLD, ROWS));
    }
}
