package dev.relevo.upgrade;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Session;

/**
 * A table that is not finished on the new server as long as this is open: an expression of it waits
 * while a session of a certain name is there. To be opened before the copy begins.
 */
final class Held implements AutoCloseable {
    static final int ROWS = 10;

    private static final String WAITS =
            """
            CREATE FUNCTION public.waits(i integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
            BEGIN
                LOOP
                    PERFORM pg_catalog.pg_stat_clear_snapshot();
                    EXIT WHEN NOT EXISTS (
                        SELECT FROM pg_catalog.pg_stat_activity WHERE application_name = 'relevo hold');
                    PERFORM pg_catalog.pg_sleep(0.01);
                END LOOP;
                RETURN i;
            END $$;
            """;

    private static final String INDEX =
            """
            CREATE TABLE public.held (id integer PRIMARY KEY, filler text);
            ALTER TABLE public.held ALTER COLUMN filler SET STORAGE EXTERNAL;
            INSERT INTO public.held SELECT g, repeat(md5(g::text), %d) FROM generate_series(1, 10) g;
            CREATE INDEX held_waits ON public.held (public.waits(id));
            """;

    private static final String ROWS_OF_THE_BIGGEST =
            """
            CREATE TABLE public.held_tree (id integer, filler text) PARTITION BY RANGE (public.waits(id));
            CREATE TABLE public.biggest PARTITION OF public.held_tree (PRIMARY KEY (id)) FOR VALUES FROM (0) TO (1000);
            ALTER TABLE public.biggest ALTER COLUMN filler SET STORAGE EXTERNAL;
            INSERT INTO public.biggest SELECT g, repeat(md5(g::text), 32768) FROM generate_series(1, 30) g;
            CREATE INDEX ON public.biggest (md5(filler));
            CREATE INDEX ON public.biggest (left(filler, 10));
            """;

    private final Session session;

    private Held(Ground ground, String tables) {
        Ground.run(ground.superuser(Side.OLD), WAITS + tables);
        session = ground.superuser(Side.NEW).withDatabase("postgres").open("hold");
    }

    /** The rows and the index of a small table, {@code public.held}, which are one task. */
    static Held small(Ground ground) {
        return new Held(ground, INDEX.formatted(1));
    }

    /** The index of a table that is no small one, {@code public.held}, when its rows are there. */
    static Held index(Ground ground) {
        return new Held(ground, INDEX.formatted(32768));
    }

    /** The rows of the biggest table, {@code public.biggest}; of a server before 13. */
    static Held biggest(Ground ground) {
        return new Held(ground, ROWS_OF_THE_BIGGEST);
    }

    @Override
    public void close() {
        session.close();
    }
}
