package dev.relevo.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.QualifiedName;
import dev.relevo.catalog.Server;
import dev.relevo.handover.Installation;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Step;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** Each step is broken off in the middle, and given again; in the order of an upgrade. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class InterruptedStepsTest {
    private static final Duration SHORT = Duration.ofMillis(700);
    private static final QualifiedName KEYLESS = new QualifiedName("public", "keyless");
    private static final QualifiedName NASTY = new QualifiedName("we ird", "Tab\"le ü");

    private Pair pair;
    private final List<String> notes = new ArrayList<>();

    @BeforeAll
    void start() {
        pair = new Pair(14, 16);
    }

    @AfterAll
    void stop() {
        pair.close();
    }

    @Test
    @Order(1)
    void rolesComeAllOrNoneAndNoVerifierLeaks() {
        Step step = new CarryRoles(pair.old, pair.fresh, notes::add);
        try (Session other = pair.fresh.withDatabase("postgres").open("test")) {
            other.begin();
            other.execute("CREATE ROLE readers");
            CompletableFuture<Void> running = CompletableFuture.runAsync(() -> Pair.apply(step));
            Awaitility.await()
                    .until(() ->
                            other.exists(
                                    "SELECT 1 FROM pg_locks WHERE NOT granted"
                                            + " AND locktype = 'transactionid'"));
            other.query(
                    "SELECT pg_terminate_backend(pid) AS done FROM pg_locks WHERE NOT granted",
                    row -> row.bool("done"));
            assertThatThrownBy(running::join).hasRootCauseInstanceOf(ProblemException.class);
            other.rollback();
            assertThat(other.exists("SELECT 1 FROM pg_roles WHERE rolname = 'Ad\"min'")).isFalse();
        }
        Pair.undo(step);
        Pair.apply(step);
        pair.lab.servers().forEach(server -> assertThat(server.log()).doesNotContain("SCRAM-"));
        assertThat(notes).isEmpty();
    }

    @Test
    @Order(2)
    void databaseOfAKilledRunIsFoundByItsName() {
        Step step = new CreateDatabase(pair.old, pair.fresh, pair.identity);
        assertThat(step.reversal()).isInstanceOf(Reversal.Nothing.class);
        pair.onOld("INSERT INTO relevo.fact VALUES ('database', '', '{relevo_half}')");
        Pair.undo(step);
        pair.onOld("INSERT INTO relevo.fact VALUES ('database', '', '{relevo_half}')");
        Pair.run(pair.fresh.withDatabase("postgres"), "CREATE DATABASE relevo_half");
        Pair.undo(step);
        assertThat(databases()).doesNotContain("relevo");
        pair.onOld("INSERT INTO relevo.fact VALUES ('database', '', '{relevo_half}')");
        Pair.apply(step);
        assertThat(databases()).contains("pgbench").doesNotContain("relevo");
        pair.bookkeeping();
    }

    @Test
    @Order(3)
    void databaseOfSomebodyElseIsNeverDropped() {
        Step step =
                new CreateDatabase(pair.old, pair.fresh.withDatabase("postgres"), pair.identity);
        assertThat(Pair.isDone(step)).isTrue();
        Pair.apply(step);
        Pair.undo(step);
        assertThat(databases()).contains("postgres").doesNotContain("pgbench");
        Pair.apply(new CreateDatabase(pair.old, pair.fresh, pair.identity));
        pair.bookkeeping();
        Step settings = new CarryDatabaseSettings(pair.old, pair.fresh, notes::add);
        Pair.apply(settings);
        assertThat(
                        pair.newText(
                                "SELECT string_agg(s, ';' ORDER BY s) FROM pg_db_role_setting,"
                                        + " unnest(setconfig) s WHERE setdatabase <> 0"))
                .isEqualTo("search_path=public, \"we ird\";work_mem=6MB");
    }

    @Test
    @Order(4)
    void busyTableIsNamedWithItsHolderAndTheOthersAreDone() {
        Step step = new SetReplicaIdentities(pair.old, SHORT);
        int wanted = step.statements().size();
        try (Session client = pair.old.open("client")) {
            client.begin();
            client.execute("SELECT 1 FROM public.keyless");
            assertThatThrownBy(() -> Pair.apply(step))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> {
                                assertThat(e.problem().code()).isEqualTo("table-busy");
                                assertThat(e.problem().detail())
                                        .contains("public.keyless is held by pid " + client.pid())
                                        .contains("role postgres");
                            });
            assertThat(step.statements()).hasSize(1);
            client.rollback();
        }
        Pair.apply(step);
        Pair.undo(step);
        assertThat(step.statements()).hasSize(wanted);
        Pair.apply(step);
        assertThat(identity("unique_only")).isEqualTo("i");
        assertThat(identity("keyless")).isEqualTo("f");
        assertThat(identity("nothing")).isEqualTo("d");
        assertThat(identity("json_keyed")).isEqualTo("d");
    }

    @Test
    @Order(5)
    void schemaComesAllOrNothingWhenItsSessionIsTerminated() {
        Step step = new CarrySchema(pair.old, pair.fresh);
        try (Session other = pair.fresh.open("test")) {
            other.begin();
            other.execute("CREATE TYPE public.positive AS (a integer)");
            CompletableFuture<Void> running = CompletableFuture.runAsync(() -> Pair.apply(step));
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() ->
                            other.exists(
                                    "SELECT 1 FROM pg_locks WHERE NOT granted"
                                            + " AND locktype = 'transactionid'"));
            other.query(
                    "SELECT pg_terminate_backend(pid) AS done FROM pg_locks WHERE NOT granted",
                    row -> row.bool("done"));
            assertThatThrownBy(running::join).hasRootCauseInstanceOf(ProblemException.class);
            other.rollback();
        }
        assertThat(pair.newText("SELECT count(*) FROM pg_class WHERE relname = 'keyless'"))
                .isEqualTo("0");
        assertThat(Pair.isDone(step)).isFalse();
    }

    @Test
    @Order(6)
    void schemaThatCannotBeRestoredTellsTheStatement() {
        pair.onOld(
                "SET search_path = public; CREATE TABLE unqualified (n integer);"
                        + " CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS"
                        + " 'SELECT n FROM unqualified'");
        pair.onNew(
                "CREATE ROLE clash; CREATE FUNCTION relevo.refuse() RETURNS event_trigger LANGUAGE plpgsql AS"
                        + " $$BEGIN IF tg_tag = 'CREATE MATERIALIZED VIEW' THEN RAISE EXCEPTION 'no views here'; END IF; END$$;"
                        + " CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION relevo.refuse()");
        Step step = new CarrySchema(pair.old, pair.fresh);
        assertThatThrownBy(() -> Pair.apply(step))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> {
                            assertThat(e.problem().message()).contains("no views here");
                            assertThat(e.problem().detail())
                                    .contains("CREATE MATERIALIZED VIEW")
                                    .doesNotContain(pair.fresh.password().reveal());
                        });
        pair.onNew("DROP EVENT TRIGGER refuse; DROP FUNCTION relevo.refuse(); DROP ROLE clash");
        Pair.apply(step);
        assertThat(pair.newText("SELECT count(*) FROM pg_publication")).isEqualTo("0");
        assertThat(pair.newText("SELECT has_schema_privilege('readers', 'public', 'CREATE')::text"))
                .isEqualTo("true");
    }

    @Test
    @Order(7)
    void statisticsAreTakenUpWhereTheyWereLeft() {
        pair.onNew(
                "INSERT INTO public.keyless SELECT g, g::text FROM pg_catalog.generate_series(1, 99) g");
        Step step = new RefreshAndAnalyze(pair.old, pair.fresh, 3, Set.of());
        try (Session other = pair.fresh.open("test")) {
            other.begin();
            other.execute("ALTER MATERIALIZED VIEW public.mv_a SET (autovacuum_enabled = on)");
            CompletableFuture<Void> running = CompletableFuture.runAsync(() -> Pair.apply(step));
            Awaitility.await()
                    .until(() -> other.exists("SELECT 1 FROM pg_locks WHERE NOT granted"));
            other.query(
                    "SELECT pg_terminate_backend(pid) AS done FROM pg_locks WHERE NOT granted",
                    row -> row.bool("done"));
            assertThatThrownBy(running::join).hasCauseInstanceOf(PgException.class);
            other.rollback();
        }
        assertThat(Pair.isDone(step)).isFalse();
        Pair.apply(step);
        assertThat(pair.newText("SELECT n FROM public.mv_a")).isEqualTo("99");
        assertThat(pair.newText("SELECT n FROM public.mv_b")).isEqualTo("99");
        assertThat(pair.newText("SELECT count(*) > 0 FROM pg_stats WHERE tablename = 'keyless'"))
                .isEqualTo("t");
    }

    @Test
    @Order(8)
    void fenceIsNeverMetOnOldAndRefusesOnNew() {
        new Installation(Server.old(pair.old), Server.old(pair.old), pair.identity, 1)
                .apply((_, _, _) -> {});
        new Installation(Server.fresh(pair.fresh), Server.old(pair.old), pair.identity, 1)
                .apply((_, _, _) -> {});
        Step onOld = new FenceTriggers(pair.old, List.of(KEYLESS, NASTY), false, SHORT);
        try (Session client = pair.old.open("client")) {
            client.begin();
            client.execute("INSERT INTO public.keyless VALUES (1, 'x')");
            assertThatThrownBy(() -> Pair.apply(onOld))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e ->
                                    assertThat(e.problem().detail())
                                            .contains("public.keyless is held by pid"));
            client.commit();
        }
        Pair.apply(onOld);
        pair.onOld("INSERT INTO public.keyless VALUES (2, 'y')");
        pair.onOld("UPDATE \"we ird\".\"Tab\"\"le ü\" SET p = 1");

        Step onNew = FenceTriggers.onNew(pair.fresh, List.of(KEYLESS, NASTY));
        Pair.apply(onNew);
        assertThatThrownBy(() -> pair.onNew("TRUNCATE public.keyless"))
                .isInstanceOfSatisfying(
                        PgException.class,
                        e -> {
                            assertThat(e.sqlState()).isEqualTo("25006");
                            assertThat(e.getMessage()).contains("handed over to another server");
                        });
        try (Session worker =
                pair.fresh.open(
                        "test",
                        Map.of(
                                "session_replication_role",
                                "replica",
                                "relevo.passes_fence",
                                "on"))) {
            worker.execute("INSERT INTO public.keyless VALUES (3, 'z')");
            worker.execute("TRUNCATE public.keyless");
        }
        Pair.undo(onNew);
        Pair.undo(onNew);
        pair.onNew("INSERT INTO public.keyless VALUES (4, 'w')");
        Pair.undo(onOld);
        assertThat(onOld.reversal()).isInstanceOf(Reversal.Nothing.class);
    }

    @Test
    @Order(9)
    void roleThatOwnsSomethingStaysAndIsTold() {
        Pair.undo(new RefreshAndAnalyze(pair.old, pair.fresh, 1, Set.of()));
        Pair.undo(new CarrySchema(pair.old, pair.fresh));
        Pair.undo(new CarryDatabaseSettings(pair.old, pair.fresh, notes::add));
        Pair.undo(new CreateDatabase(pair.old, pair.fresh, pair.identity));
        Pair.run(
                pair.fresh.withDatabase("postgres"),
                "CREATE SCHEMA theirs AUTHORIZATION \"rö le\"");
        Pair.undo(new CarryRoles(pair.old, pair.fresh, notes::add));
        assertThat(notes).hasSize(1).first().asString().contains("\"rö le\"", "stays");
    }

    private String identity(String table) {
        return pair.oldText(
                "SELECT relreplident::text FROM pg_class WHERE relname = ? AND relkind = 'r'"
                        .replace("?", "'" + table + "'"));
    }

    private String databases() {
        return Pair.text(
                pair.fresh.withDatabase("postgres"),
                "SELECT string_agg(datname, ' ') FROM pg_database");
    }
}
