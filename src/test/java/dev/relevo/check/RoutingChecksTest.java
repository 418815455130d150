package dev.relevo.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Catalog;
import dev.relevo.check.Finding.Severity;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import dev.relevo.pg.Session;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Which trees of partitions are said to route otherwise on another server. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RoutingChecksTest {
    private static final Needs NEEDS = new Needs(6, 6, 6, 9);

    private static final String HARMLESS =
            """
            CREATE TABLE public.by_number (id int PRIMARY KEY) PARTITION BY HASH (id);
            CREATE TABLE public.by_number_0 PARTITION OF public.by_number FOR VALUES WITH (MODULUS 1, REMAINDER 0);
            CREATE TABLE public.by_text (t text, u uuid, d timestamptz) PARTITION BY HASH (t, u, d);
            CREATE TABLE public.by_text_0 PARTITION OF public.by_text FOR VALUES WITH (MODULUS 1, REMAINDER 0);
            CREATE TABLE public.by_list (t text, id int) PARTITION BY LIST (t);
            CREATE TABLE public.by_list_0 PARTITION OF public.by_list FOR VALUES IN ('a');
            CREATE TABLE public.by_c (t text COLLATE "C") PARTITION BY RANGE (t);
            CREATE TABLE public.by_c_0 PARTITION OF public.by_c FOR VALUES FROM ('a') TO ('b');
            CREATE TABLE public.by_expression (a int) PARTITION BY RANGE ((a + 1));
            CREATE TABLE public.by_expression_0 PARTITION OF public.by_expression FOR VALUES FROM (1) TO (2);
            CREATE TYPE public.mood AS ENUM ('a', 'b');
            CREATE TABLE public.by_mood (m public.mood) PARTITION BY RANGE (m);
            CREATE TABLE public.by_mood_0 PARTITION OF public.by_mood FOR VALUES FROM ('a') TO ('b');
            """;

    private static final String HASHED =
            """
            CREATE TABLE public.hashed (m public.mood, x xml) PARTITION BY HASH (m);
            CREATE TABLE public.hashed_0 PARTITION OF public.hashed FOR VALUES WITH (MODULUS 1, REMAINDER 0);
            """;

    private Lab lab;

    @BeforeAll
    void start() {
        lab =
                Lab.start(
                        ServerSpec.of(12).unsafe(),
                        ServerSpec.of(14).unsafe(),
                        ServerSpec.empty(16).unsafe());
    }

    @AfterAll
    void stop() {
        lab.close();
    }

    private List<Finding> found(int server) {
        try (Session old = lab.server(server).superuser(LabServer.APPLICATION).open("test");
                Session fresh = lab.server(2).superuser(LabServer.SUPERUSER).open("test")) {
            return new PartitionRouting()
                    .find(
                            new Probe(
                                    new CheckContext(
                                            new Side.Open(old),
                                            new Side.Open(fresh),
                                            Catalog.read(old),
                                            true,
                                            false,
                                            NEEDS,
                                            NEEDS,
                                            1),
                                    old,
                                    fresh,
                                    Catalog.read(old)));
        }
    }

    private void run(int server, String sql) {
        try (Session session = lab.server(server).application().open("test")) {
            session.execute(sql);
        }
    }

    @Test
    void from13OnTheyGoByTheirRootsWhichNeedAKeyWhereFullCannotBe() {
        run(1, HARMLESS);
        assertThat(found(1)).isEmpty();
        run(1, HASHED);
        assertThat(found(1))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.severity()).isEqualTo(Severity.ERROR);
                    assertThat(finding.message()).contains("public.hashed");
                    assertThat(finding.detail()).endsWith("because of x.");
                });
        // As the hint says.
        run(1, "ALTER TABLE public.hashed ADD PRIMARY KEY (m)");
        assertThat(found(1))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.severity()).isEqualTo(Severity.NOTICE);
                    assertThat(finding.detail())
                            .isEqualTo("public.hashed: the hash of enum type public.mood");
                });
        run(
                1,
                "CREATE TABLE public.later (LIKE public.hashed);"
                        + "ALTER TABLE public.later SET UNLOGGED; DROP TABLE public.hashed_0;"
                        + "ALTER TABLE public.hashed ATTACH PARTITION public.later FOR VALUES WITH (MODULUS 1, REMAINDER 0)");
        assertThat(found(1))
                .singleElement()
                .satisfies(finding ->
                        assertThat(finding.detail()).contains("public.later is a foreign"));
        run(1, "ALTER TABLE public.later SET LOGGED");
        assertThat(found(1))
                .singleElement()
                .satisfies(finding -> assertThat(finding.severity()).isEqualTo(Severity.NOTICE));
        // What only may differ, with the reason.
        run(
                1,
                """
                CREATE FUNCTION public.f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 % 2';
                CREATE TABLE public.by_f (a int) PARTITION BY LIST (public.f(a));
                CREATE TABLE public.by_f_0 PARTITION OF public.by_f FOR VALUES IN (1);
                CREATE TABLE public.by_float (a float8) PARTITION BY HASH (a);
                CREATE TABLE public.by_float_0 PARTITION OF public.by_float FOR VALUES WITH (MODULUS 1, REMAINDER 0);
                CREATE TABLE public.by_class (a regclass) PARTITION BY RANGE (a);
                CREATE TABLE public.by_class_0 PARTITION OF public.by_class DEFAULT;
                CREATE TABLE public.by_local (t text COLLATE "en-x-icu") PARTITION BY RANGE (t);
                CREATE TABLE public.by_local_0 PARTITION OF public.by_local FOR VALUES FROM ('a') TO ('b');
                CREATE COLLATION public.loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
                CREATE TABLE public.by_loose (t text COLLATE public.loose) PARTITION BY LIST (t);
                CREATE TABLE public.by_loose_0 PARTITION OF public.by_loose FOR VALUES IN ('a');
                """);
        assertThat(found(1).getFirst().detail())
                .contains(
                        "public.by_f: a function",
                        "public.by_float: the hash of double precision",
                        "public.by_class: type regclass",
                        "public.by_loose: collation und-u-ks-level1");
    }

    @Test
    void before13TheyAreRefusedOrToldWhereTheyOnlyMayDiffer() {
        run(0, HARMLESS);
        assertThat(found(0)).isEmpty();
        run(0, HASHED);
        assertThat(found(0))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.severity()).isEqualTo(Severity.ERROR);
                    assertThat(finding.message())
                            .isEqualTo(
                                    "rows of partitioned table public.hashed belong to other partitions on the new server");
                });
        run(
                0,
                """
                DROP TABLE public.hashed;
                CREATE FUNCTION public.f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 % 2';
                CREATE TABLE public.by_f (a int) PARTITION BY LIST (public.f(a));
                CREATE TABLE public.by_f_0 PARTITION OF public.by_f FOR VALUES IN (1);
                """);
        assertThat(found(0))
                .singleElement()
                .satisfies(finding -> assertThat(finding.severity()).isEqualTo(Severity.WARNING));
    }
}
