package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.plan.Event;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** CHECKs that read other tables stop neither the copy nor the apply worker, and arrive. */
class LateChecksTest {
    private static final String TABLES =
            """
            CREATE TABLE public.z_codes (code int PRIMARY KEY);
            INSERT INTO public.z_codes SELECT generate_series(1, 100);
            CREATE FUNCTION public.ok(c int) RETURNS bool LANGUAGE plpgsql AS $$
                BEGIN RETURN EXISTS (SELECT FROM public.z_codes z WHERE z.code = c); END $$;
            CREATE FUNCTION public.eq(a int, b text) RETURNS bool LANGUAGE sql AS 'SELECT public.ok($1) AND $2 IS NOT NULL';
            CREATE OPERATOR public.=== (FUNCTION = public.eq, LEFTARG = int, RIGHTARG = text);
            CREATE DOMAIN public.code AS int CONSTRAINT known CHECK (public.ok(VALUE));
            COMMENT ON CONSTRAINT known ON DOMAIN public.code IS 'of a domain';
            CREATE DOMAIN public.later_code AS public.code;
            CREATE TABLE public.a_function (id int PRIMARY KEY, c int CONSTRAINT "It's ok" CHECK (public.ok(c)), CHECK (id > 0));
            COMMENT ON CONSTRAINT "It's ok" ON public.a_function IS 'it''s a comment';
            CREATE TABLE public.a_operator (id int PRIMARY KEY, c int CHECK (c OPERATOR(public.===) 'x') NO INHERIT);
            CREATE TABLE public.a_domain (id int PRIMARY KEY, c public.code, d public.later_code DEFAULT 1);
            CREATE TABLE public.a_cast (id int PRIMARY KEY, c int CHECK (c::public.later_code > 0));
            CREATE TABLE public.a_parent (id int, c int, CONSTRAINT of_both CHECK (public.ok(c)));
            CREATE TABLE public.a_child (CONSTRAINT of_both CHECK (public.ok(c)), PRIMARY KEY (id)) INHERITS (public.a_parent);
            CREATE TABLE public.a_parted (id int PRIMARY KEY, c int CHECK (public.ok(c))) PARTITION BY RANGE (id);
            CREATE TABLE public.a_part PARTITION OF public.a_parted FOR VALUES FROM (0) TO (100000);
            CREATE TABLE public.a_broken (id int PRIMARY KEY, c int CONSTRAINT broken CHECK (public.ok(c)));
            INSERT INTO public.z_codes VALUES (-1);
            INSERT INTO public.a_broken VALUES (1, -1);
            DELETE FROM public.z_codes WHERE code = -1;
            """;

    private static final List<String> WRITTEN =
            List.of("a_function", "a_operator", "a_domain", "a_cast", "a_child", "a_parted");

    @Test
    void arriveBehindTheRows() {
        try (Ground ground = Ground.prepared(13, 16, 2)) {
            Ground.run(ground.superuser(Side.OLD), TABLES);
            write(ground, Side.OLD, 0);
            List<String> notes = new CopyOnWriteArrayList<>();
            ground.upgrade.start(event -> {
                if (event instanceof Event.Noted(String text)) {
                    notes.add(text);
                }
            });
            assertThat(notes)
                    .anySatisfy(note -> assertThat(note).contains("broken stays NOT VALID"));
            Ground.run(
                    ground.superuser(Side.OLD),
                    "DELETE FROM public.a_broken; ALTER TABLE public.a_broken DROP CONSTRAINT broken");
            Ground.run(
                    ground.superuser(Side.NEW),
                    "ALTER TABLE public.a_broken DROP CONSTRAINT broken");
            write(ground, Side.OLD, 1);
            requireEqual(ground);
            ground.handOver(Side.OLD);
            write(ground, Side.NEW, 2);
            requireEqual(ground);
            ground.handOver(Side.NEW);
            write(ground, Side.OLD, 3);
            requireEqual(ground);
        }
    }

    private static void write(Ground ground, Side side, int round) {
        for (String table : WRITTEN) {
            Ground.run(
                    ground.superuser(side),
                    "INSERT INTO public.%1$s (id, c) SELECT n + %2$d, 1 + n %% 50 FROM generate_series(1, 200) n; UPDATE public.%1$s SET c = 60 WHERE id %% 7 = 0"
                            .formatted(table, 1000 * round));
        }
    }

    private static void requireEqual(Ground ground) {
        ground.upgrade.awaitFollowing();
        assertThat(Contents.checksums(ground.superuser(Side.NEW)))
                .isEqualTo(Contents.checksums(ground.superuser(Side.OLD)));
        assertThat(Contents.objects(ground.superuser(Side.NEW)))
                .isEqualTo(Contents.objects(ground.superuser(Side.OLD)));
    }
}
