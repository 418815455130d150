package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Session;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Rows of trees that send them to other partitions on the other server arrive, both ways; those of
 * all other trees stay in the partitions of their names.
 */
class RoutingTest {
    private static final List<String> MOODS =
            List.of("sad", "ok", "happy", "o'k \"so\"", "élan", "x", "y", "z");

    private static final String TREES =
            """
            CREATE TYPE public.mood AS ENUM ('sad', 'ok', 'happy', 'o''k "so"', 'élan', 'x', 'y', 'z');
            CREATE DOMAIN public.temper AS public.mood;
            CREATE FUNCTION public.shade(m public.mood) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
                BEGIN RETURN (SELECT count(*) FROM pg_enum e WHERE e.oid < (SELECT f.oid FROM pg_enum f
                    WHERE f.enumtypid = 'public.mood'::regtype AND f.enumlabel = m::text)) % 3; END $$;
            CREATE SCHEMA "Odd ""Schema";
            CREATE TABLE public.by_enum (id int, m public.mood, v text, PRIMARY KEY (id, m)) PARTITION BY HASH (m);
            CREATE TABLE "Odd ""Schema"."By %% Enum" (m public.temper NOT NULL, id int, v text, j int GENERATED ALWAYS AS (id * 2) STORED)
                PARTITION BY HASH (m);
            CREATE TABLE public.by_array (id int, m public.mood[], v text) PARTITION BY HASH (m);
            CREATE TABLE public.by_function (id int, m public.mood, v text) PARTITION BY LIST (public.shade(m));
            CREATE TABLE public.two_levels (id int, m public.mood, v text, PRIMARY KEY (id, m)) PARTITION BY RANGE (id);
            CREATE TABLE public.two_levels_1 PARTITION OF public.two_levels FOR VALUES FROM (0) TO (500) PARTITION BY HASH (m);
            CREATE TABLE public.two_levels_2 PARTITION OF public.two_levels FOR VALUES FROM (500) TO (100000);
            CREATE TABLE public.by_number (id int PRIMARY KEY, v text) PARTITION BY HASH (id);
            CREATE TABLE public.by_mood (id int, m public.mood, v text, PRIMARY KEY (id, m)) PARTITION BY LIST (m);
            CREATE TABLE public.by_mood_1 PARTITION OF public.by_mood FOR VALUES IN ('sad', 'x', 'élan');
            CREATE TABLE public.by_mood_2 PARTITION OF public.by_mood DEFAULT;
            """;

    private static final String PARTS =
            """
            DO $do$ BEGIN FOR i IN 0..2 LOOP
                EXECUTE format('CREATE TABLE public.by_enum_%1$s PARTITION OF public.by_enum FOR VALUES WITH (MODULUS 3, REMAINDER %1$s)', i);
                EXECUTE format('CREATE TABLE "Odd ""Schema"."Part %1$s" PARTITION OF "Odd ""Schema"."By %% Enum" (PRIMARY KEY (id)) FOR VALUES WITH (MODULUS 3, REMAINDER %1$s)', i);
                EXECUTE format('CREATE TABLE public.by_array_%1$s PARTITION OF public.by_array FOR VALUES WITH (MODULUS 3, REMAINDER %1$s)', i);
                EXECUTE format('CREATE TABLE public.by_function_%1$s PARTITION OF public.by_function FOR VALUES IN (%1$s)', i);
                EXECUTE format('CREATE TABLE public.two_levels_1_%1$s PARTITION OF public.two_levels_1 FOR VALUES WITH (MODULUS 3, REMAINDER %1$s)', i);
                EXECUTE format('CREATE TABLE public.by_number_%1$s PARTITION OF public.by_number FOR VALUES WITH (MODULUS 3, REMAINDER %1$s)', i);
            END LOOP; END $do$;
            """;

    private static final List<String> BY_ROOT =
            List.of(
                    "public.by_enum",
                    "\"Odd \"\"Schema\".\"By % Enum\"",
                    "public.by_array",
                    "public.by_function",
                    "public.two_levels");

    private static final List<String> BY_LEAF = List.of("public.by_number", "public.by_mood");

    @ParameterizedTest
    @CsvSource({"14, 18, 2", "13, 16, 1"})
    void rowsArriveWhereverTheyBelongThere(int oldMajor, int newMajor, int subscriptions) {
        try (Ground ground = Ground.prepared(oldMajor, newMajor, subscriptions)) {
            // OIDs that differ, as they do between servers that have lived.
            Ground.run(
                    ground.superuser(Side.OLD),
                    "CREATE TYPE public.before AS ENUM ('1', '2', '3', '4', '5', '6', '7');"
                            + "DROP TYPE public.before");
            Ground.run(
                    ground.superuser(Side.OLD),
                    (newMajor < 18
                                            ? TREES
                                            : TREES.replace(
                                                    ", j int GENERATED ALWAYS AS (id * 2) STORED",
                                                    ""))
                                    .replace("%%", "%")
                            + PARTS);
            write(ground, Side.OLD, 0);
            ground.upgrade.start(_ -> {});
            requireEqual(ground);
            assertThat(placed(ground, Side.NEW)).isNotEqualTo(placed(ground, Side.OLD));
            assertThat(
                            ground.text(
                                    Side.OLD,
                                    "SELECT string_agg(name, ' ' ORDER BY name COLLATE \"C\")"
                                            + " FROM (SELECT format('%I.%I', n.nspname, c.relname) AS name FROM"
                                            + " pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid JOIN"
                                            + " pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'p') p"))
                    .isEqualTo(String.join(" ", BY_ROOT.stream().sorted().toList()));
            write(ground, Side.OLD, 1);
            ground.upgrade.start(_ -> {});
            requireEqual(ground);
            ground.handOver(Side.OLD);
            write(ground, Side.NEW, 2);
            requireEqual(ground);
            Ground.run(ground.superuser(Side.NEW), "TRUNCATE public.by_array");
            write(ground, Side.NEW, 3);
            requireEqual(ground);
            ground.handOver(Side.NEW);
            write(ground, Side.OLD, 4);
            requireEqual(ground);
            ground.requireTidy(Side.OLD, subscriptions);
            Ground.run(
                    ground.superuser(Side.OLD),
                    "ALTER TABLE public.by_enum DETACH PARTITION public.by_enum_0");
            assertThat(ground.upgrade.status().replication().orElseThrow().problems())
                    .anySatisfy(problem ->
                            assertThat(problem)
                                    .contains("public.by_enum_0 left a tree that is replicated"));
        }
    }

    private static void write(Ground ground, Side side, int round) {
        StringBuilder sql = new StringBuilder();
        for (String table : BY_ROOT) {
            String mood = table.equals("public.by_array") ? "ARRAY[m, m]::public.mood[]" : "m";
            sql.append(
                    """
                    INSERT INTO %1$s (id, m, v) SELECT n + %2$d, %3$s, 'v' || n FROM generate_series(1, 160) n
                        CROSS JOIN LATERAL (SELECT (ARRAY['%4$s'])[1 + n %% 8]::public.mood AS m) o;
                    UPDATE %1$s SET v = v || '!' WHERE id %% 3 = 0;
                    UPDATE %1$s SET m = %5$s WHERE id %% 7 = 0 AND id > %2$d;
                    DELETE FROM %1$s WHERE id %% 5 = %6$d;
                    """
                            .formatted(
                                    table,
                                    200 * round,
                                    mood,
                                    String.join(
                                            "', '",
                                            MOODS.stream().map(m -> m.replace("'", "''")).toList()),
                                    table.equals("public.by_array") ? "'{sad,x,NULL}'" : "'happy'",
                                    round));
        }
        for (String table : BY_LEAF) {
            sql.append(
                    """
                    INSERT INTO %1$s (id, v) SELECT n + %2$d, 'v' || n FROM generate_series(1, 160) n;
                    UPDATE %1$s SET v = v || '!' WHERE id %% 3 = 0;
                    DELETE FROM %1$s WHERE id %% 5 = %3$d;
                    """
                            .formatted(table, 200 * round, round)
                            .replace(
                                    "public.by_mood (id, v) SELECT n",
                                    "public.by_mood (m, id, v) SELECT 'x', n"));
        }
        Ground.run(ground.superuser(side), sql.toString());
    }

    private static void requireEqual(Ground ground) {
        ground.upgrade.awaitFollowing();
        assertThat(rows(ground, Side.NEW)).isEqualTo(rows(ground, Side.OLD));
    }

    private static Map<String, String> rows(Ground ground, Side side) {
        Map<String, String> all = new TreeMap<>();
        try (Session session = ground.superuser(side).open("look")) {
            for (String table : BY_ROOT) {
                all.put(table, session.text(text("t", table)));
            }
            for (String table : BY_LEAF) {
                all.put(table, session.text(text("t.tableoid::regclass, t", table)));
            }
        }
        return all;
    }

    private static String placed(Ground ground, Side side) {
        return ground.text(side, text("t.tableoid::regclass, t.id", "public.by_enum"));
    }

    private static String text(String what, String table) {
        return "SELECT count(*) || E'\\n' || coalesce(string_agg(r, E'\\n' ORDER BY r COLLATE \"C\"), '')"
                + " FROM (SELECT ROW("
                + what
                + ")::text AS r FROM "
                + table
                + " t) o";
    }
}
