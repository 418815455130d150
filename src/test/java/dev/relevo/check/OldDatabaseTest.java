package dev.relevo.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Catalog;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import dev.relevo.pg.Session;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What is found in the old database, without running any code of its users. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OldDatabaseTest {
    private static final Needs NEEDS = new Needs(6, 6, 6, 9);

    private Lab lab;

    @BeforeAll
    void start() {
        lab =
                Lab.start(
                        ServerSpec.of(14).unsafe().with("old_snapshot_threshold", "10"),
                        ServerSpec.empty(18).unsafe());
    }

    @AfterAll
    void stop() {
        lab.close();
    }

    private List<Finding> found() {
        try (Session old = lab.server(0).superuser(LabServer.APPLICATION).open("test");
                Session fresh = lab.server(1).superuser(LabServer.SUPERUSER).open("test")) {
            return Preflight.run(
                    new CheckContext(
                            new Side.Open(old),
                            new Side.Open(fresh),
                            Catalog.read(old),
                            true,
                            false,
                            NEEDS,
                            NEEDS,
                            1));
        }
    }

    private void run(String sql) {
        try (Session session = lab.server(0).application().open("test")) {
            session.execute(sql);
        }
    }

    /** Everything of a table that PostgreSQL evaluates, owned by somebody who means harm. */
    @Test
    void noneRunsAsASuperuser() {
        run(
                """
                CREATE SCHEMA evil;
                CREATE SEQUENCE evil.ran_as_superuser;
                CREATE TABLE evil.log (who text);
                CREATE FUNCTION evil.f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
                    IF pg_catalog.current_setting('is_superuser') = 'on' THEN
                        PERFORM pg_catalog.nextval('evil.ran_as_superuser');
                        COPY (SELECT 1) TO PROGRAM 'echo hostile > hostile';
                    END IF;
                    RETURN $1;
                END $$;
                CREATE FUNCTION evil.inlined(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT evil.f($1)';
                CREATE FUNCTION evil.row(evil.log) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT evil.f(1) = 1';
                CREATE DOMAIN evil.checked AS int CHECK (evil.f(VALUE) = VALUE);
                CREATE OPERATOR evil.=== (FUNCTION = evil.eq, LEFTARG = int, RIGHTARG = int);
                """
                        .replace(
                                "CREATE OPERATOR",
                                "CREATE FUNCTION evil.eq(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT evil.f($1) = $2'; CREATE OPERATOR"));
        run(
                """
                CREATE TABLE evil.t (a int PRIMARY KEY CHECK (evil.f(a) = a), b int CHECK (evil.inlined(1) = 1),
                    c int GENERATED ALWAYS AS (evil.f(a)) STORED, d evil.checked DEFAULT evil.f(1),
                    CHECK (b OPERATOR(evil.===) b));
                CREATE INDEX by_constant ON evil.t ((evil.f(1)), a);
                CREATE INDEX by_column ON evil.t ((evil.f(b))) WHERE evil.inlined(b) > 0;
                CREATE STATISTICS evil.st ON (evil.f(2)), a FROM evil.t;
                INSERT INTO evil.t SELECT g, 1 FROM generate_series(1, 100) g;
                CREATE VIEW evil.v AS SELECT evil.f(a) AS a FROM evil.t;
                CREATE MATERIALIZED VIEW evil.m AS SELECT * FROM evil.v;
                ALTER TABLE evil.t ENABLE ROW LEVEL SECURITY;
                CREATE POLICY p ON evil.t USING (evil.f(a) = a);
                INSERT INTO evil.log VALUES ('x');
                ALTER TABLE evil.log ADD CHECK (evil.row(log));
                CREATE INDEX ON evil.log (evil.row(log));
                ALTER SEQUENCE evil.ran_as_superuser OWNED BY evil.t.a
                """);
        List<Finding> found = found();
        assertThat(found)
                .filteredOn(f -> f.id().equals("constant-calls"))
                .extracting(Finding::message)
                .containsExactly(
                        "index by_constant of table evil.t calls a function with constants only",
                        "statistics st of table evil.t calls a function with constants only");
        assertThat(found).filteredOn(f -> f.id().equals("search-path")).isEmpty();
        try (Session old = lab.server(0).superuser(LabServer.APPLICATION).open("test")) {
            assertThat(old.text("SELECT is_called FROM evil.ran_as_superuser")).isEqualTo("f");
        }
        assertThat(lab.server(0).data().resolve("hostile")).doesNotExist();
        run("DROP SCHEMA evil CASCADE");
    }

    /** Each is right in the database, and fails where there is no search_path. */
    @Test
    void namesTheFunctionsThatNeedASearchPath() {
        run(
                """
                SET search_path = public;
                CREATE TABLE codes (code int);
                CREATE TYPE mood AS ENUM ('good');
                CREATE FUNCTION leaf(int) RETURNS bool LANGUAGE sql AS 'SELECT $1 > 0';
                CREATE FUNCTION by_sql(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT leaf($1)';
                CREATE FUNCTION by_plpgsql(item int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN leaf(item); END';
                CREATE FUNCTION by_table(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS
                    'BEGIN RETURN EXISTS (SELECT FROM codes WHERE code = $1); END';
                CREATE FUNCTION by_type(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
                    'DECLARE m mood; BEGIN m := ''good''; RETURN $1; END';
                CREATE FUNCTION through(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN public.by_plpgsql($1); END';
                CREATE FUNCTION atomically(int) RETURNS bool LANGUAGE sql IMMUTABLE RETURN public.by_table($1);
                CREATE FUNCTION fine(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE SET search_path = public AS 'BEGIN RETURN leaf($1); END';
                CREATE FUNCTION fine_too(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN public.fine($1) AND abs($1) > 0; END';
                CREATE TABLE c1 (a int CHECK (by_sql(a)));
                CREATE TABLE c2 (a int CHECK (by_table(a)));
                CREATE TABLE c3 (a int);
                CREATE INDEX c3_i ON c3 (by_type(a));
                CREATE TABLE c4 (a int, b bool GENERATED ALWAYS AS (through(a)) STORED);
                CREATE DOMAIN dom AS int CHECK (atomically(VALUE));
                CREATE TABLE c5 (a int CHECK (fine(a)), CHECK (fine_too(a)));
                CREATE FUNCTION g(u c5) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT u.a > 0';
                CREATE TABLE u (a int);
                CREATE FUNCTION g(u u) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT u.a > 0';
                ALTER TABLE u ADD CHECK (g(u));
                CREATE INDEX ON u (g(u));
                CREATE VIEW between_them AS SELECT by_sql(a) AS b FROM c1;
                CREATE MATERIALIZED VIEW mv AS SELECT * FROM between_them
                """);
        List<Finding> found = found().stream().filter(f -> f.id().equals("search-path")).toList();
        assertThat(found)
                .extracting(f -> f.message() + ": " + f.hint())
                .containsExactlyInAnyOrder(
                        "constraint c1_a_check of table public.c1 needs a search_path: Run ALTER FUNCTION public.by_sql(integer) SET search_path = \"public\"; on the old server.",
                        "constraint c2_a_check of table public.c2 needs a search_path: Run ALTER FUNCTION public.by_table(integer) SET search_path = \"public\"; on the old server.",
                        "index c3_i of table public.c3 needs a search_path: Run ALTER FUNCTION public.by_type(integer) SET search_path = \"public\"; on the old server.",
                        "column b of table public.c4 needs a search_path: Run ALTER FUNCTION public.by_plpgsql(item integer) SET search_path = \"public\"; on the old server.",
                        "constraint dom_check of domain public.dom needs a search_path: Run ALTER FUNCTION public.by_table(integer) SET search_path = \"public\"; on the old server.",
                        "materialized view public.mv needs a search_path: Run ALTER FUNCTION public.by_sql(integer) SET search_path = \"public\"; on the old server.");
        try (Session old = lab.server(0).application().open("test")) {
            found.forEach(f ->
                    old.execute(f.hint().replaceFirst("^Run (.*); on the old server\\.$", "$1")));
        }
        assertThat(found()).filteredOn(f -> f.id().equals("search-path")).isEmpty();
        run("DROP OWNED BY pgbench");
    }

    @Test
    void tellsWhenTheSnapshotMayBecomeTooOld() {
        assertThat(found())
                .filteredOn(f -> f.id().equals("old-snapshot-threshold"))
                .singleElement()
                .satisfies(f -> {
                    assertThat(f.severity()).isEqualTo(Finding.Severity.WARNING);
                    assertThat(f.message())
                            .isEqualTo("old_snapshot_threshold is 10min on the old server");
                });
    }

    @Test
    void asksToDropExtensionsThatPostgresDidAwayWith() {
        try (Session old = lab.server(0).superuser(LabServer.APPLICATION).open("test")) {
            old.execute("CREATE EXTENSION adminpack");
            old.execute("CREATE EXTENSION old_snapshot SCHEMA public");
            assertThat(found())
                    .filteredOn(f -> f.id().equals("extensions"))
                    .extracting(Finding::hint)
                    .containsExactlyInAnyOrder(
                            "Run DROP EXTENSION \"adminpack\"; on the old server.",
                            "Run DROP EXTENSION \"old_snapshot\"; on the old server.");
            old.execute(
                    "CREATE VIEW public.mapping AS SELECT pg_catalog.count(*) FROM public.pg_old_snapshot_time_mapping()");
            assertThat(found())
                    .filteredOn(f -> f.id().equals("extensions") && f.detail().contains("depends"))
                    .singleElement()
                    .satisfies(f -> {
                        assertThat(f.detail())
                                .endsWith(
                                        "What depends on it: rule _RETURN on view public.mapping.");
                        old.execute(f.hint().replaceFirst(".*; (DROP .* CASCADE); .*", "$1"));
                    });
            old.execute("DROP EXTENSION \"adminpack\"");
        }
        assertThat(found()).filteredOn(f -> f.id().equals("extensions")).isEmpty();
    }

    /** Two views by CREATE OR REPLACE, and a materialized one upon them. */
    @Test
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void viewsInACircleAreLookedAtOnce() {
        run(
                """
                CREATE VIEW public.a AS SELECT 1 AS x;
                CREATE VIEW public.b AS SELECT x FROM public.a;
                CREATE VIEW public.c AS SELECT x FROM public.b;
                CREATE MATERIALIZED VIEW public.low AS SELECT x FROM public.c;
                CREATE MATERIALIZED VIEW public.high AS SELECT x FROM public.low;
                CREATE OR REPLACE VIEW public.a AS SELECT x FROM public.c;
                """);
        assertThat(found()).filteredOn(f -> f.severity() == Finding.Severity.ERROR).isEmpty();
        run("DROP VIEW public.a CASCADE");
    }

    @Test
    void bytesThatAreNoTextAreFoundAndGoWithTheColumnsType() {
        run(
                """
                CREATE DOMAIN public.flag AS "char";
                CREATE TABLE public.chars (id int PRIMARY KEY, c "char", d public.flag, a "char"[]);
                INSERT INTO public.chars VALUES (1, 'a', 'b', '{c}'), (2, '', NULL, NULL)\
                """);
        assertThat(found()).noneMatch(finding -> finding.id().equals("char-bytes"));
        run(
                """
                UPDATE public.chars SET c = (-23)::"char", d = (-23)::"char", a = ARRAY[(-1)::"char"] WHERE id = 2\
                """);
        assertThat(found())
                .filteredOn(finding -> finding.id().equals("char-bytes"))
                .hasSize(3)
                .allMatch(finding -> finding.severity() == Finding.Severity.ERROR)
                .extracting(Finding::message)
                .contains(
                        "column c of table public.chars, of type \"char\", holds a byte above 127");
        // As the hint says.
        run("ALTER TABLE public.chars ALTER COLUMN c TYPE smallint USING c::int");
        run("ALTER TABLE public.chars DROP COLUMN d, DROP COLUMN a");
        assertThat(found()).noneMatch(finding -> finding.id().equals("char-bytes"));
    }

    @Test
    void rowsTooBigForLogicalDecodingAreFoundByTheirLengths() {
        run(
                """
                CREATE TABLE public.big (id int PRIMARY KEY, b bytea, t text);
                ALTER TABLE public.big ALTER COLUMN b SET STORAGE EXTERNAL;
                INSERT INTO public.big SELECT 1, convert_to(repeat('x', 3000000), 'UTF8'), 'y'\
                """);
        try (Session old = lab.server(0).superuser(LabServer.APPLICATION).open("test")) {
            Probe probe =
                    new Probe(
                            new CheckContext(
                                    new Side.Open(old),
                                    new Side.Open(old),
                                    Catalog.read(old),
                                    true,
                                    false,
                                    NEEDS,
                                    NEEDS,
                                    1),
                            old,
                            old,
                            Catalog.read(old));
            assertThat(new BigRows(6_000_001).find(probe)).isEmpty();
            assertThat(new BigRows(6_000_000).find(probe))
                    .singleElement()
                    .satisfies(finding -> assertThat(finding.message()).contains("public.big"));
        }
    }
}
