package dev.relevo.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.lab.Lab;
import dev.relevo.lab.ServerSpec;
import dev.relevo.pg.Session;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CatalogTest {
    private static final String TABLES =
            """
            CREATE TYPE mood AS ENUM ('a');
            CREATE DOMAIN short AS varchar(3);
            CREATE TYPE pair AS (a int, j json);
            CREATE TABLE pk (a int PRIMARY KEY, j json);
            CREATE TABLE pk_deferrable (a int PRIMARY KEY DEFERRABLE);
            CREATE TABLE nullable (a int UNIQUE);
            CREATE TABLE wide_and_narrow (a text NOT NULL UNIQUE, b int NOT NULL UNIQUE, c int NOT NULL, UNIQUE (b, c));
            CREATE TABLE expression (a text NOT NULL);
            CREATE UNIQUE INDEX ON expression (lower(a));
            CREATE TABLE comparable (a varchar, b mood, c short, d int[], e int4range, f inet, g jsonb, h uuid, i name,
                                     j bytea, k timestamptz, l cidr, m tsvector, n bit(3), o regclass);
            CREATE TABLE in_array (a json[]);
            CREATE TABLE in_composite (a pair);
            CREATE TABLE plain_json (a json);
            CREATE TABLE shape (a point);
            CREATE TEMPORARY TABLE passing (a int);
            CREATE TABLE parts (a int) PARTITION BY LIST (a);
            CREATE TABLE part PARTITION OF parts FOR VALUES IN (1);
            CREATE UNLOGGED TABLE unlogged (a int);
            CREATE EXTENSION pg_trgm;
            CREATE SEQUENCE free CACHE 7;
            CREATE TABLE serials (a bigserial PRIMARY KEY, b int GENERATED ALWAYS AS IDENTITY);
            CREATE VIEW low AS SELECT 1 AS x;
            CREATE MATERIALIZED VIEW a_high AS SELECT x FROM low WITH NO DATA;
            CREATE MATERIALIZED VIEW z_low AS SELECT 1 AS x;
            CREATE VIEW between_them AS SELECT x FROM z_low;
            CREATE MATERIALIZED VIEW a_higher AS SELECT x FROM between_them;
            CREATE SCHEMA relevo;
            CREATE TABLE relevo.own (a int);
            """;

    @ParameterizedTest
    @ValueSource(ints = {11, 18})
    void knowsHowEachTableIsIdentified(int major) {
        try (Lab lab = Lab.start(ServerSpec.of(major).unsafe());
                Session session =
                        lab.server(0)
                                .superuser("pgbench")
                                .open("test", Map.of("search_path", "public, pg_temp"))) {
            session.execute(TABLES);
            Catalog catalog = Catalog.read(session);
            Map<String, Table> tables =
                    catalog.tables().stream()
                            .collect(Collectors.toMap(t -> t.name().name(), Function.identity()));
            assertThat(tables)
                    .containsKeys("pk", "part", "parts", "unlogged")
                    .doesNotContainKeys("own", "passing");
            assertThat(mend(tables, "pk_deferrable")).endsWith("FULL");
            assertThat(mend(tables, "nullable")).endsWith("FULL");
            assertThat(mend(tables, "expression")).endsWith("FULL");
            assertThat(mend(tables, "comparable")).endsWith("FULL");
            assertThat(mend(tables, "wide_and_narrow"))
                    .endsWith("USING INDEX \"wide_and_narrow_b_key\"");
            assertThat(mend(tables, "in_array")).isEqualTo("none");
            assertThat(mend(tables, "in_composite")).isEqualTo("none");
            assertThat(mend(tables, "plain_json")).isEqualTo("none");
            assertThat(mend(tables, "shape")).isEqualTo("none");
            assertThat(tables.get("pk")).matches(Table::hasWorkingIdentity);
            assertThat(catalog.replicated())
                    .extracting(t -> t.name().name())
                    .contains("part")
                    .doesNotContain("parts", "unlogged");
            assertThat(catalog.sequences())
                    .extracting(s -> s.name().name() + " " + s.cache() + " " + s.ownedByColumn())
                    .containsExactly("free 7 null", "serials_a_seq 1 a", "serials_b_seq 1 b");
            assertThat(catalog.materializedViews())
                    .extracting(v -> v.name().name() + " " + v.populated())
                    .containsExactly("z_low true", "a_high false", "a_higher true");
            differences(session);
        }
    }

    private static void differences(Session session) {
        Fingerprint before = Fingerprint.read(session);
        assertThat(Fingerprint.read(session).hash()).isEqualTo(before.hash());
        session.execute(
                "ALTER TABLE pk ALTER a TYPE bigint; ALTER TABLE shape ADD b int; DROP TABLE nullable;"
                        + " DROP SEQUENCE free; CREATE TABLE added (a int);"
                        + " ALTER TABLE in_array ALTER a SET NOT NULL");
        Fingerprint after = Fingerprint.read(session);
        assertThat(after.hash()).isNotEqualTo(before.hash());
        assertThat(Fingerprint.difference(before, after))
                .containsExactly(
                        "table public.added is missing on old",
                        "sequence public.free is missing on new",
                        "table public.in_array has column a json[] on old, json[] not null on new",
                        "table public.nullable is missing on new",
                        "table public.pk has column a integer not null on old, bigint not null on new",
                        "table public.shape has no column b on old, integer on new");
    }

    private static String mend(Map<String, Table> tables, String name) {
        Table table = java.util.Objects.requireNonNull(tables.get(name));
        assertThat(table.hasWorkingIdentity()).as(name).isFalse();
        return table.mend().orElse("none");
    }
}
