package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import org.junit.jupiter.api.Test;

/** Servers before 14 cannot read a range of blocks: a table is cut by its primary key. */
class CopyByKeyTest {
    /** Statistics know only the rows in the middle; those around and between came later. */
    private static final String TABLES =
            """
            CREATE TABLE public.keyed ("The id" bigint PRIMARY KEY, filler text);
            ALTER TABLE public.keyed ALTER COLUMN filler SET STORAGE EXTERNAL;
            INSERT INTO public.keyed SELECT 7 * g, repeat(md5(g::text), 512) FROM generate_series(-1500, 1500) g;
            ANALYZE public.keyed;
            ALTER TABLE public.keyed SET (autovacuum_enabled = off);
            INSERT INTO public.keyed VALUES (-9223372036854775808, 'least'), (9223372036854775807, 'most'), (1, 'between');
            DELETE FROM public.keyed WHERE "The id" BETWEEN 700 AND 1400;
            CREATE TABLE public.scattered (id integer PRIMARY KEY, filler text);
            ALTER TABLE public.scattered ALTER COLUMN filler SET STORAGE EXTERNAL;
            INSERT INTO public.scattered SELECT hashint4(g), repeat(md5(g::text), 512) FROM generate_series(1, 3000) g;
            ANALYZE public.scattered
            """;

    @Test
    void everyRowArrivesWhateverStatisticsSay13() {
        everyRowArrives(13, 16);
    }

    @Test
    void everyRowArrivesWhateverStatisticsSay11() {
        everyRowArrives(11, 18);
    }

    private static void everyRowArrives(int oldMajor, int newMajor) {
        try (Ground ground = Ground.prepared(oldMajor, newMajor)) {
            Ground.run(ground.superuser(Side.OLD), TABLES);
            ground.upgrade.start(_ -> {});
            assertThat(chunks(ground, "keyed")).isEqualTo("3 by \"The id\"");
            // Each piece would read blocks all over the table.
            assertThat(chunks(ground, "scattered")).isEqualTo("1 by ");
            assertThat(
                            ground.text(
                                    Side.NEW,
                                    "SELECT min(rows) > 0 FROM relevo.copy_task t JOIN"
                                            + " relevo.copy_table b ON b.id = t.table_id WHERE"
                                            + " b.name = 'keyed' AND kind = 'chunk'"))
                    .isEqualTo("t");
            assertThat(Contents.checksums(ground.superuser(Side.NEW)))
                    .isEqualTo(Contents.checksums(ground.superuser(Side.OLD)));
        }
    }

    private static String chunks(Ground ground, String table) {
        return ground.text(
                Side.NEW,
                "SELECT count(*) || ' by ' || min(b.key_column) FROM relevo.copy_task t JOIN"
                        + " relevo.copy_table b ON b.id = t.table_id WHERE kind = 'chunk' AND b.name"
                        + " = '"
                        + table
                        + "'");
    }
}
