package dev.relevo.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.QualifiedName;
import dev.relevo.problem.ProblemException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What pg_restore prints, taken apart. */
class ArchiveTest {
    private static final QualifiedName TABLE = new QualifiedName("public", "t");

    private static final Map<Archive.Address, QualifiedName> TABLES =
            Map.of(
                    new Archive.Address(2606, 16388), TABLE,
                    new Archive.Address(1259, 16389), TABLE,
                    new Archive.Address(1259, 16390), TABLE);

    private static final String TEXT =
            """
            --
            -- PostgreSQL database dump
            --

            \\restrict abc

            SET statement_timeout = 0;
            SET default_tablespace = '';

            --
            -- TOC entry 3110 (class 2606 OID 16388)
            -- Dependencies: 209
            -- Name: t t_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
            -- Data Pos: 0
            --

            ALTER TABLE ONLY "public"."t"
                ADD CONSTRAINT "t_pkey" PRIMARY KEY ("a");


            SET default_tablespace = "fast";

            --
            -- TOC entry 3108 (class 1259 OID 16389)
            -- Name: t_b_idx; Type: INDEX; Schema: public; Owner: postgres; Tablespace: fast
            --

            CREATE INDEX "t_b_idx" ON "public"."t" USING "btree" ("b");


            SET default_tablespace = '';

            --
            -- TOC entry 3109 (class 1259 OID 16390)
            -- Name: t_c_idx; Type: INDEX; Schema: public; Owner: postgres
            --

            CREATE INDEX "t_c_idx" ON "public"."t" USING "btree" ("c");

            ALTER TABLE "public"."t" CLUSTER ON "t_c_idx";


            --
            -- TOC entry 3111 (class 2606 OID 16393)
            -- Dependencies: 209 210 3110
            -- Name: u u_a_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
            --

            ALTER TABLE ONLY "public"."u"
                ADD CONSTRAINT "u_a_fkey" FOREIGN KEY ("a") REFERENCES "public"."t"("a");


            -- Completed on 2026-01-01 00:00:00 UTC

            --
            -- PostgreSQL database dump complete
            --

            \\unrestrict abc

            """;

    @Test
    void givesEachEntryItsKindItsTableAndItsTablespace() {
        List<Archive.Entry> entries = Archive.entries(TEXT, TABLES);
        assertThat(entries.stream().map(entry -> entry.kind() + " " + entry.what()))
                .containsExactly(
                        "KEY CONSTRAINT t t_pkey",
                        "INDEX INDEX t_b_idx",
                        "KEY INDEX t_c_idx",
                        "REST FK CONSTRAINT u u_a_fkey");
        assertThat(entries.get(0).table()).contains(TABLE);
        assertThat(entries.get(0).sql()).contains("default_tablespace = ''").endsWith("(\"a\");\n");
        assertThat(entries.get(1).sql()).contains("default_tablespace = \"fast\"");
        assertThat(entries.get(2).sql()).contains("default_tablespace = ''").contains("CLUSTER ON");
        assertThat(entries.get(3).table()).isEmpty();
        assertThat(entries.get(3).sql()).endsWith("(\"a\");\n").doesNotContain("restrict");
    }

    @Test
    void leavesLiteralsThatLookLikeDefaultsAsTheyAre() {
        String comment =
                "COMMENT ON INDEX \"public\".\"t_c_idx\" IS 'a\nSET default_tablespace = slow;\nb';";
        List<Archive.Entry> entries =
                Archive.entries(
                        TEXT.replace(
                                "ALTER TABLE \"public\".\"t\" CLUSTER ON \"t_c_idx\";", comment),
                        TABLES);
        assertThat(entries.get(2).sql()).contains(comment);
        assertThat(entries.get(3).sql()).contains("default_tablespace = ''");
    }

    @Test
    void refusesToGuessWhenEntriesLookOtherwise() {
        assertThatThrownBy(() -> Archive.entries(TEXT.replace("(class ", "(klass "), TABLES))
                .isInstanceOf(ProblemException.class);
    }
}
