package dev.relevo.upgrade;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Session;

/**
 * A table whose index is not finished on the new server as long as this is open: its expression
 * waits while a session of a certain name is there.
 */
final class Held implements AutoCloseable {
    static final int ROWS = 10;

    private static final String TABLE =
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
            CREATE TABLE public.held (id integer PRIMARY KEY);
            INSERT INTO public.held SELECT g FROM generate_series(1, 10) g;
            CREATE INDEX held_waits ON public.held (public.waits(id));
            """;

    private final Session session;

    /** To be opened before the copy begins. */
    Held(Ground ground) {
        Ground.run(ground.superuser(Side.OLD), TABLE);
        session = ground.superuser(Side.NEW).withDatabase("postgres").open("hold");
    }

    @Override
    public void close() {
        session.close();
    }
}
