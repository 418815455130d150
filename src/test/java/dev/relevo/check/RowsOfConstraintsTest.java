package dev.relevo.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Catalog;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import dev.relevo.pg.Session;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Rows of the old database that the new server would refuse. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RowsOfConstraintsTest {
    private static final Needs NEEDS = new Needs(6, 6, 6, 9);

    private Lab lab;

    @BeforeAll
    void start() {
        lab = Lab.start(ServerSpec.of(15).unsafe(), ServerSpec.empty(18).unsafe());
    }

    @AfterAll
    void stop() {
        lab.close();
    }

    private List<Finding> found(boolean deep, String... ids) {
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
                                    1,
                                    deep))
                    .stream()
                    .filter(finding -> Set.of(ids).contains(finding.id()))
                    .toList();
        }
    }

    private void run(String sql) {
        try (Session session = lab.server(0).superuser(LabServer.APPLICATION).open("test")) {
            session.execute(sql);
        }
    }

    private String text(String sql) {
        try (Session session = lab.server(0).superuser(LabServer.APPLICATION).open("test")) {
            return session.text(sql);
        }
    }

    /** A statement in the words of a finding. */
    private static String statement(String words, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(words);
        assertThat(matcher.find()).as(words).isTrue();
        return matcher.group(1);
    }

    /** Every shape a key has, each with one row that refers to nothing and others that do not. */
    @Test
    void namesRowsThatReferToNothing() {
        run(
                """
                CREATE SCHEMA "Odd ""one";
                CREATE TYPE "Odd ""one".mood AS ENUM ('good', 'bad');
                CREATE DOMAIN "Odd ""one".dom AS varchar(9);
                CREATE TABLE "Odd ""one"."P %s" ("a ?" int, b "Odd ""one".dom, PRIMARY KEY ("a ?", b));
                CREATE TABLE "Odd ""one".simple (id bigint, "x ?" bigint, y text,
                    CONSTRAINT "it's" FOREIGN KEY ("x ?", y) REFERENCES "Odd ""one"."P %s");
                CREATE TABLE "Odd ""one".full_one (x int, y text,
                    CONSTRAINT both_or_none FOREIGN KEY (x, y) REFERENCES "Odd ""one"."P %s" MATCH FULL
                    ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED);
                CREATE TABLE "Odd ""one".self (id int PRIMARY KEY, up int CONSTRAINT upward REFERENCES "Odd ""one".self);
                CREATE TABLE "Odd ""one".moods (m "Odd ""one".mood PRIMARY KEY);
                CREATE TABLE "Odd ""one".of_mood (m "Odd ""one".mood CONSTRAINT by_mood REFERENCES "Odd ""one".moods);
                CREATE TABLE "Odd ""one".parts (id int PRIMARY KEY) PARTITION BY RANGE (id);
                CREATE TABLE "Odd ""one".parts_1 PARTITION OF "Odd ""one".parts FOR VALUES FROM (0) TO (10);
                CREATE TABLE "Odd ""one".parts_2 PARTITION OF "Odd ""one".parts FOR VALUES FROM (10) TO (20);
                CREATE TABLE "Odd ""one".referring (id int CONSTRAINT to_parts REFERENCES "Odd ""one".parts)
                    PARTITION BY LIST (id);
                CREATE TABLE "Odd ""one".referring_1 PARTITION OF "Odd ""one".referring DEFAULT;
                CREATE TABLE "Odd ""one".parent (id int PRIMARY KEY);
                CREATE TABLE "Odd ""one".child (PRIMARY KEY (id)) INHERITS ("Odd ""one".parent);
                CREATE TABLE "Odd ""one".of_parent (id int CONSTRAINT not_of_children REFERENCES "Odd ""one".parent);
                CREATE TABLE "Odd ""one".accepted (id int);
                INSERT INTO "Odd ""one".accepted VALUES (77);
                ALTER TABLE "Odd ""one".accepted
                    ADD CONSTRAINT new_ones FOREIGN KEY (id) REFERENCES "Odd ""one".parent NOT VALID;
                SET session_replication_role = replica;
                INSERT INTO "Odd ""one"."P %s" VALUES (1, 'one');
                INSERT INTO "Odd ""one".simple VALUES (1, 1, 'one'), (2, NULL, 'none'), (3, 1, NULL), (4, 2, 'two');
                INSERT INTO "Odd ""one".full_one VALUES (1, 'one'), (NULL, NULL), (1, NULL);
                INSERT INTO "Odd ""one".self VALUES (1, NULL), (2, 1), (3, 99);
                INSERT INTO "Odd ""one".moods VALUES ('good');
                INSERT INTO "Odd ""one".of_mood VALUES ('good'), ('bad');
                INSERT INTO "Odd ""one".parts VALUES (1), (11);
                INSERT INTO "Odd ""one".referring VALUES (1), (11), (12);
                INSERT INTO "Odd ""one".child VALUES (5);
                INSERT INTO "Odd ""one".of_parent VALUES (5);
                """);
        List<Finding> found = found(false, "foreign-keys");
        assertThat(found)
                .allSatisfy(f -> assertThat(f.severity()).isEqualTo(Finding.Severity.ERROR))
                .extracting(Finding::message)
                .containsExactlyInAnyOrder(
                        "1 row of table Odd \"one.simple refers to nothing, against foreign key it's",
                        "1 row of table Odd \"one.full_one refers to nothing, against foreign key both_or_none",
                        "1 row of table Odd \"one.self refers to nothing, against foreign key upward",
                        "1 row of table Odd \"one.of_mood refers to nothing, against foreign key by_mood",
                        "1 row of table Odd \"one.referring refers to nothing, against foreign key to_parts",
                        "1 row of table Odd \"one.of_parent refers to nothing, against foreign key not_of_children");
        assertThat(found)
                .filteredOn(f -> f.message().contains("simple"))
                .singleElement()
                .satisfies(f ->
                        assertThat(f.detail())
                                .startsWith(
                                        "For example (\"x ?\", y) = (2, two) is not in \"Odd \"\"one\".\"P %s\"."));
        for (Finding finding : found) {
            String look = statement(finding.detail(), "(SELECT .*); shows");
            assertThat(text("SELECT count(*) FROM (" + look + ") q")).isEqualTo("1");
            if (!finding.message().contains("to_parts")) {
                run(statement(finding.hint(), "with (ALTER .*); which"));
            }
        }
        assertThat(found(false, "foreign-keys"))
                .singleElement()
                .satisfies(f -> run(statement(f.hint(), "(DELETE .*); on")));
        assertThat(found(false, "foreign-keys")).isEmpty();
        assertThat(
                        text(
                                "SELECT string_agg(conname, ',' ORDER BY conname) FROM pg_constraint WHERE contype = 'f' AND NOT convalidated"))
                .isEqualTo("both_or_none,by_mood,it's,new_ones,not_of_children,upward");
        run("DROP SCHEMA \"Odd \"\"one\" CASCADE");
    }

    @Test
    void leavesBigTablesAndForeignCodeAlone() {
        run(
                """
                CREATE TABLE public.small (id int PRIMARY KEY);
                CREATE TABLE public.big (id int CONSTRAINT big_key REFERENCES public.small, filler text);
                ALTER TABLE public.big ALTER filler SET STORAGE PLAIN;
                CREATE FUNCTION public.no(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RAISE ''it ran''; END';
                CREATE TABLE public.careful (id int CONSTRAINT careful_key REFERENCES public.small);
                CREATE TYPE public.kind AS ENUM ('a', 'b');
                CREATE TABLE public.kinds (k public.kind PRIMARY KEY);
                CREATE TABLE public.of_kind (k public.kind CONSTRAINT kind_key REFERENCES public.kinds);
                SET session_replication_role = replica;
                INSERT INTO public.of_kind VALUES ('b');
                CREATE FUNCTION public.shown(public.kind) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RAISE ''it ran''; END';
                CREATE CAST (public.kind AS text) WITH FUNCTION public.shown(public.kind);
                INSERT INTO public.careful VALUES (1);
                INSERT INTO public.big SELECT 1, repeat('x', 7000) FROM generate_series(1, 9000);
                CREATE INDEX careful_index ON public.careful (id) WHERE id < 0 AND public.no(id) = 1
                """);
        assertThat(found(false, "foreign-keys"))
                .extracting(f -> f.severity() + " " + f.message() + ": " + f.detail())
                .containsExactly(
                        "NOTICE the rows of 1 foreign key were not compared with their tables: big_key of public.big (70 MB)",
                        "NOTICE the rows of 2 foreign keys that run code of users were not looked at: careful_key of public.careful, kind_key of public.of_kind");
        assertThat(found(true, "foreign-keys"))
                .extracting(Finding::message)
                .containsExactly(
                        "9000 rows of table public.big refer to nothing, against foreign key big_key",
                        "the rows of 2 foreign keys that run code of users were not looked at");
        run(
                "DROP TABLE public.big, public.careful, public.small, public.of_kind, public.kinds; DROP FUNCTION public.no; DROP TYPE public.kind CASCADE");
    }

    @Test
    void namesRowsThatViolateAConstraint() {
        run(
                """
                CREATE TYPE public.mood AS ENUM ('good', 'bad');
                CREATE FUNCTION public.changed(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';
                CREATE TABLE public.held (id int, until timestamptz, j jsonb, m public.mood,
                    CONSTRAINT "still there" CHECK (until > now()),
                    CONSTRAINT of_json CHECK (j ? 'a' AND m IN ('good', 'bad') AND id + 1 > 0),
                    CONSTRAINT by_settings CHECK ((until + interval '1 month')::text <> ''),
                    CONSTRAINT by_function CHECK (public.changed(id)),
                    CONSTRAINT reads_all CHECK (query_to_xml('SELECT 1', true, true, '') IS NOT NULL));
                CREATE TABLE public.heir (CONSTRAINT unrelated CHECK (id > 0)) INHERITS (public.held);
                INSERT INTO public.held VALUES (1, 'infinity', '{"a": 1}', 'good'), (2, now() + interval '300 ms', '{"a": 1}', 'bad');
                INSERT INTO public.heir VALUES (3, now() + interval '300 ms', '{"a": 1}', 'good');
                CREATE OR REPLACE FUNCTION public.changed(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT 1 / 0 = 1';
                SELECT pg_sleep(0.4)
                """);
        List<Finding> found = found(false, "check-constraints");
        assertThat(found)
                .extracting(Finding::message)
                .containsExactlyInAnyOrder(
                        "1 row of table public.held violates CHECK constraint still there",
                        "1 row of table public.heir violates CHECK constraint still there");
        for (Finding finding : found) {
            String look = statement(finding.detail(), "(SELECT .*); shows");
            assertThat(text("SELECT count(*) FROM (" + look + ") q")).isEqualTo("1");
        }
        run(statement(found.getFirst().hint(), "(DELETE .*); on"));
        assertThat(found(false, "check-constraints"))
                .singleElement()
                .satisfies(f -> run(statement(f.hint(), "with (ALTER .*); which")));
        assertThat(found(false, "check-constraints")).isEmpty();
        assertThat(
                        text(
                                "SELECT count(*) FROM pg_constraint WHERE conname = 'still there' AND NOT convalidated"))
                .isEqualTo("2");
        run("DROP TABLE public.held CASCADE; DROP FUNCTION public.changed; DROP TYPE public.mood");
    }

    @Test
    void namesKeysOverCollationsThat18Refuses() {
        run(
                """
                CREATE COLLATION public."any case" (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
                CREATE TABLE public.words (w text COLLATE public."any case" PRIMARY KEY);
                CREATE TABLE public.uses (w text CONSTRAINT of_words REFERENCES public.words);
                CREATE TABLE public.fine (w text COLLATE public."any case" CONSTRAINT fine_key REFERENCES public.words);
                INSERT INTO public.words VALUES ('a');
                INSERT INTO public.uses VALUES ('A');
                INSERT INTO public.fine VALUES ('A');
                """);
        assertThat(found(false, "foreign-keys")).isEmpty();
        List<Finding> found = found(false, "foreign-key-collations");
        assertThat(found)
                .extracting(Finding::message)
                .containsExactly(
                        "foreign key of_words of table public.uses is over two collations");
        run(statement(found.getFirst().hint(), "Run (ALTER .*); on"));
        assertThat(found(false, "foreign-keys", "foreign-key-collations")).isEmpty();
        run(
                "DROP TABLE public.words, public.uses, public.fine; DROP COLLATION public.\"any case\"");
    }

    /** As INHERIT and a parent's ADD COLUMN leave them, which pg_dump does not see. */
    @Test
    void namesTablesWhoseColumnsWillStandInAnotherOrder() {
        run(
                """
                CREATE TABLE public.top (a int);
                CREATE TABLE public.same (x int) INHERITS (public.top);
                CREATE TABLE public.other (x int, a int);
                ALTER TABLE public.other INHERIT public.top;
                CREATE TABLE public.below (y int) INHERITS (public.other);
                CREATE TABLE public.base (a int) PARTITION BY LIST (a);
                CREATE TABLE public.part (a int);
                ALTER TABLE public.base ATTACH PARTITION public.part DEFAULT;
                """);
        List<Finding> found = found(false, "column-order");
        assertThat(found)
                .extracting(f -> f.message() + ": " + f.detail().replaceFirst(":.*", ""))
                .containsExactly(
                        "the columns of table public.below will stand in another order: They are (x, a, y), and will be (a, x, y)",
                        "the columns of table public.other will stand in another order: They are (x, a), and will be (a, x)");
        run(statement(found.getLast().hint(), "run (ALTER .*?;) on"));
        assertThat(found(false, "column-order")).isEmpty();
        run("DROP TABLE public.top, public.other, public.base CASCADE");
    }
}
