package dev.relevo.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Catalog;
import dev.relevo.check.Finding.Severity;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import dev.relevo.pg.ClientTools;
import dev.relevo.pg.Secret;
import dev.relevo.pg.Session;
import dev.relevo.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PreflightTest {
    private static final Needs NEEDS = new Needs(6, 6, 6, 9);

    private Lab lab;
    private LabServer good;
    private LabServer fresh;
    private LabServer bad;

    @BeforeAll
    void start() {
        lab =
                Lab.start(
                        ServerSpec.of(14).unsafe(),
                        ServerSpec.empty(16).unsafe(),
                        ServerSpec.of(16)
                                .unsafe()
                                .notLogical()
                                .with("max_replication_slots", "3")
                                .with("max_wal_senders", "2")
                                .with("max_logical_replication_workers", "2")
                                .with("max_worker_processes", "4")
                                .with("max_slot_wal_keep_size", "1GB")
                                .with("max_prepared_transactions", "2"));
        good = lab.server(0);
        fresh = lab.server(1);
        bad = lab.server(2);
    }

    @AfterAll
    void stop() {
        lab.close();
    }

    @Test
    void findsNothingOnTwoGoodServers() {
        try (Session a = good.superuser("pgbench").open("test");
                Session b = fresh.superuser("postgres").open("test")) {
            assertThat(run(a, b, true)).isEmpty();
        }
    }

    @Test
    void tellsAllThatIsWrongAtOnce() {
        try (Session a = bad.superuser("pgbench").open("test");
                Session other = bad.superuser("pgbench").open("test")) {
            other.execute(
                    """
                    CREATE TABLE public.points (p point, j json);
                    CREATE TABLE public.generated (a int, b int GENERATED ALWAYS AS (a) STORED PRIMARY KEY);
                    CREATE UNLOGGED TABLE public.scratch (a int);
                    CREATE TABLE public.fine (a int PRIMARY KEY);
                    ALTER TABLE public.scratch ADD FOREIGN KEY (a) REFERENCES public.fine;
                    CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
                    CREATE TRIGGER t AFTER INSERT ON public.fine EXECUTE FUNCTION public.f();
                    ALTER TABLE public.fine ENABLE ALWAYS TRIGGER t;
                    CREATE FUNCTION public.e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
                    CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION public.e();
                    CREATE FOREIGN DATA WRAPPER w;
                    CREATE SERVER s FOREIGN DATA WRAPPER w;
                    CREATE FOREIGN TABLE public.far (a int) SERVER s;
                    CREATE TABLE public.jobs (a int);
                    INSERT INTO public.jobs VALUES (1);
                    ALTER EXTENSION plpgsql ADD TABLE public.jobs;
                    UPDATE pg_extension SET extconfig = ARRAY['public.jobs'::regclass]::oid[],
                        extcondition = ARRAY['WHERE a > 0'] WHERE extname = 'plpgsql';
                    CREATE PUBLICATION relevo_0a1b2c3d FOR TABLE public.fine;
                    CREATE PUBLICATION theirs FOR TABLE public.fine;
                    CREATE FUNCTION public.is_more(a int) RETURNS boolean LANGUAGE sql AS 'SELECT $1 > 0';
                    CREATE FUNCTION public.lost(a int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN is_more(a); END';
                    CREATE TABLE public.with_path (t int CHECK (public.lost(t)), j jsonb,
                        CHECK (j ? 'a' AND public.is_more(t)));
                    ALTER ROLE pgbench SET default_transaction_read_only = off;
                    SELECT lo_create(0);
                    CREATE SUBSCRIPTION sub CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false);
                    """);
            other.begin();
            other.execute("INSERT INTO public.fine VALUES (1); PREPARE TRANSACTION 'half'");
            try (Session b = good.superuser("pgbench").open("test")) {
                b.execute("CREATE TABLE public.theirs (a int)");
                List<Finding> found = run(a, b, false);
                assertThat(found)
                        .extracting(Finding::id)
                        .contains(
                                "versions",
                                "wal-level",
                                "replication-slots",
                                "wal-senders",
                                "replication-workers",
                                "slot-wal-limit",
                                "unpublished-keys",
                                "target-not-empty",
                                "replica-identity",
                                "large-objects",
                                "unlogged-tables",
                                "extension-rows",
                                "foreign-tables",
                                "event-triggers",
                                "replica-triggers",
                                "publications",
                                "publication-name",
                                "prepared-transactions",
                                "read-only-settings");
                assertThat(found)
                        .filteredOn(f -> f.id().equals("replica-identity"))
                        .extracting(Finding::message)
                        .containsExactly(
                                "table public.generated cannot be given a replica identity",
                                "table public.points cannot be given a replica identity");
                assertThat(found)
                        .filteredOn(f -> f.id().equals("search-path"))
                        .extracting(Finding::message)
                        .containsExactly(
                                "constraint with_path_t_check of table public.with_path needs a search_path");
                assertThat(found)
                        .allSatisfy(f -> {
                            assertThat(f.message()).doesNotContain("\n").doesNotEndWith(".");
                            assertThat(f.hint()).endsWith(".");
                        });
                assertThat(found.getFirst().severity()).isEqualTo(Severity.ERROR);
                assertThat(found.getLast().severity()).isEqualTo(Severity.NOTICE);
                b.execute("DROP TABLE public.theirs");
            }
            other.execute("ROLLBACK PREPARED 'half'");
        }
    }

    /**
     * As clients need it that list the new server first; nothing else may keep them from writing.
     */
    @Test
    void newDatabaseMayBeReadOnlyFromTheBeginning() {
        try (Session a = good.superuser("pgbench").open("test");
                Session b = fresh.superuser("postgres").open("test")) {
            for (String where : List.of("DATABASE postgres", "ROLE ALL")) {
                for (String value : List.of("on", "off")) {
                    b.execute("ALTER " + where + " SET default_transaction_read_only = " + value);
                    assertThat(run(a, b, false))
                            .extracting(Finding::id)
                            .filteredOn(id -> id.equals("read-only-settings"))
                            .as(where + " " + value)
                            .hasSize(where.startsWith("D") && value.equals("on") ? 0 : 1);
                }
                b.execute("ALTER " + where + " RESET default_transaction_read_only");
            }
        }
    }

    @Test
    void tellsTheSameServerAndTheExchangedOnes() {
        try (Session a = good.superuser("pgbench").open("test");
                Session b = good.superuser("postgres").open("test");
                Session c = fresh.superuser("postgres").open("test")) {
            assertThat(run(a, b, true))
                    .extracting(Finding::id)
                    .containsExactly("same-server", "versions");
            assertThat(run(c, b, true)).extracting(Finding::id).contains("versions");
        }
    }

    @Test
    void asksForASuperuserBeforeAllElse() {
        try (Session a = good.application().open("test");
                Session catalog = good.superuser("pgbench").open("test");
                Session b = fresh.superuser("postgres").open("test")) {
            CheckContext context =
                    new CheckContext(
                            new Side.Open(a),
                            new Side.Open(b),
                            Catalog.read(catalog),
                            true,
                            false,
                            NEEDS,
                            NEEDS,
                            1);
            assertThat(Preflight.run(context)).extracting(Finding::id).containsExactly("superuser");
        }
    }

    @Test
    void tellsWhyAServerCannotBeReached() {
        try (Session b = fresh.superuser("postgres").open("test")) {
            Side closed;
            try (Session a =
                    good.superuser("pgbench")
                            .withUser("postgres", Secret.of("wrong"))
                            .open("test")) {
                closed = new Side.Open(a);
            } catch (ProblemException e) {
                closed = new Side.Closed(e.problem());
            }
            assertThat(
                            Preflight.run(
                                    new CheckContext(
                                            closed,
                                            new Side.Open(b),
                                            null,
                                            true,
                                            false,
                                            NEEDS,
                                            NEEDS,
                                            1)))
                    .singleElement()
                    .satisfies(f -> {
                        assertThat(f.id()).isEqualTo("connection");
                        assertThat(f.message()).contains("password authentication failed");
                    });
        }
    }

    @Test
    void refusesClientToolsOlderThanTheOldServer() {
        ClientTools old = new ClientTools(Path.of("/nowhere"), "13.1", 13);
        assertThat(TargetChecks.Tools.judge("client-tools", 14, 16, List.of(old))).hasSize(1);
        assertThat(TargetChecks.Tools.judge("client-tools", 13, 16, List.of(old))).isEmpty();
        assertThat(TargetChecks.Tools.judge("client-tools", 13, 16, List.of())).hasSize(1);
    }

    @Test
    void everyCheckHasItsSectionInTheManual() throws IOException {
        List<String> lines = Files.readAllLines(Path.of("docs/checks.md"));
        // Whether one side follows the other, and what a rehearsal meets, is no preflight check;
        // relevo check tells of it, too.
        List<String> all =
                Stream.concat(Preflight.ids().stream(), Stream.of("rehearsal", "replication"))
                        .toList();
        assertThat(lines.stream().filter(l -> l.startsWith("## ")).map(l -> l.substring(3)))
                .containsExactlyInAnyOrderElementsOf(all);
    }

    private static List<Finding> run(Session a, Session b, boolean missing) {
        return Preflight.run(
                new CheckContext(
                        new Side.Open(a),
                        new Side.Open(b),
                        Catalog.read(a),
                        missing,
                        false,
                        NEEDS,
                        NEEDS,
                        1));
    }
}
