package dev.relevo.lab;

import dev.relevo.pg.Session;
import java.util.Map;

/** What {@link CopyBench} copies: made on the first server of a lab, by its application. */
final class CopyData {
    private static final int TABLES = 30;
    private static final int ROWS = 10_000;

    private final Lab lab;

    CopyData(Lab lab) {
        this.lab = lab;
    }

    /** Makes it. */
    void fill(CopyBench.Data data, int scale) {
        switch (data) {
            case PGBENCH -> PgbenchTables.create(lab.server(0).application(), scale);
            case WIDE -> wide((long) scale * ROWS);
            case MANY -> many(scale * TABLES);
        }
    }

    private void wide(long rows) {
        run(
                """
                CREATE TABLE public.wide (id bigint PRIMARY KEY, a integer, b integer, c text,
                    d timestamptz, e numeric, doc text, body text)
                """,
                "ALTER TABLE public.wide ALTER COLUMN body SET STORAGE EXTERNAL",
                """
                INSERT INTO public.wide SELECT g, g %% 1000, -g, md5(g::text),
                    '2020-01-01'::timestamptz + g * '1 s'::interval, g / 7.0, repeat(md5(g::text), 6),
                    CASE WHEN g %% 4 = 0 THEN repeat(md5((g + 1)::text), 120) END
                    FROM generate_series(1, %d) g
                """
                        .formatted(rows),
                "CREATE INDEX ON public.wide (a)",
                "CREATE INDEX ON public.wide (b)",
                "CREATE INDEX ON public.wide (c)",
                "CREATE INDEX ON public.wide (d)",
                "CREATE INDEX ON public.wide (e, a)",
                "VACUUM ANALYZE public.wide");
    }

    private void many(int tables) {
        run(
                """
                DO $$ BEGIN
                    FOR i IN 1..%d LOOP
                        EXECUTE format('CREATE TABLE public.t%%s (id integer PRIMARY KEY, b text,
                            c timestamptz DEFAULT now())', i);
                        EXECUTE format('INSERT INTO public.t%%s SELECT g, md5(g::text)
                            FROM generate_series(1, 100) g', i);
                        EXECUTE format('CREATE INDEX ON public.t%%s (b)', i);
                        IF i %% 100 = 0 THEN COMMIT; END IF;
                    END LOOP;
                END $$
                """
                        .formatted(tables));
    }

    private void run(String... statements) {
        try (Session session =
                lab.server(0)
                        .superuser(LabServer.APPLICATION)
                        .open(
                                "bench",
                                Map.of("statement_timeout", "0", "synchronous_commit", "off"))) {
            for (String statement : statements) {
                session.execute(statement);
            }
        }
    }
}
