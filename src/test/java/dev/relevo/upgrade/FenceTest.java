package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.QualifiedName;
import dev.relevo.catalog.Server;
import dev.relevo.handover.Installation;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import dev.relevo.ledger.Identity;
import dev.relevo.ledger.Ledger;
import dev.relevo.ledger.ServerId;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.schema.FenceTriggers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Whoever writes after the fence was raised meets it, however old the snapshot and however well the
 * plan was kept; and who writes after it was opened under a snapshot from before has to begin anew.
 * Other majors: {@code -Drelevo.test.majors=14,16}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FenceTest {
    private static final List<QualifiedName> TABLES =
            List.of(
                    new QualifiedName("public", "t"),
                    new QualifiedName("public", "part"),
                    new QualifiedName("public", "part_1"),
                    new QualifiedName("public", "q\"u.o te"));

    private static final String PREPARE =
            """
            CREATE TABLE public.t (id int PRIMARY KEY, v int NOT NULL);
            INSERT INTO public.t VALUES (1, 1);
            CREATE TABLE public.part (id int, v int) PARTITION BY RANGE (id);
            CREATE TABLE public.part_1 PARTITION OF public.part FOR VALUES FROM (0) TO (1000);
            CREATE TABLE public."q""u.o te" (id int);
            CREATE FUNCTION public.writes() RETURNS void LANGUAGE plpgsql AS
                $$ BEGIN UPDATE public.t SET v = v WHERE id = 1; END $$;
            CREATE FUNCTION public.inserts() RETURNS void LANGUAGE sql AS
                'INSERT INTO public.part VALUES (1, 1)';
            """;

    /** What a session does, before and after. */
    private static final Map<String, List<String>> WRITES =
            new LinkedHashMap<>(
                    Map.ofEntries(
                            Map.entry("insert", List.of("", "INSERT INTO public.t VALUES (2, 2)")),
                            Map.entry(
                                    "prepared",
                                    List.of(
                                            "PREPARE p AS UPDATE public.t SET v = v WHERE id = 1; "
                                                    + "EXECUTE p; ".repeat(7),
                                            "EXECUTE p")),
                            Map.entry(
                                    "function",
                                    List.of(
                                            "SELECT public.writes(); ".repeat(7),
                                            "SELECT public.writes()")),
                            Map.entry(
                                    "sql function",
                                    List.of("SELECT public.inserts()", "SELECT public.inserts()")),
                            Map.entry(
                                    "do",
                                    List.of(
                                            "",
                                            "DO $$ BEGIN DELETE FROM public.t WHERE id = 1; END $$")),
                            Map.entry("copy", List.of("", "COPY public.t FROM PROGRAM 'echo'")),
                            Map.entry("truncate", List.of("", "TRUNCATE public.\"q\"\"u.o te\"")),
                            Map.entry(
                                    "through the parent",
                                    List.of("", "INSERT INTO public.part VALUES (1, 1)")),
                            Map.entry(
                                    "into the partition", List.of("", "DELETE FROM public.part_1")),
                            Map.entry(
                                    "odd name",
                                    List.of("", "INSERT INTO public.\"q\"\"u.o te\" VALUES (1)")),
                            Map.entry(
                                    "role replica",
                                    List.of(
                                            "SET session_replication_role = replica",
                                            "UPDATE public.t SET v = v")),
                            Map.entry(
                                    "old snapshot",
                                    List.of(
                                            "PREPARE p AS UPDATE public.t SET v = v WHERE id = 1; "
                                                    + "EXECUTE p; ".repeat(7)
                                                    + "COMMIT; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM public.t",
                                            "EXECUTE p")),
                            Map.entry(
                                    "serializable",
                                    List.of(
                                            "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT * FROM public.t",
                                            "UPDATE public.t SET v = v")),
                            Map.entry(
                                    "cursor",
                                    List.of(
                                            "BEGIN; DECLARE c CURSOR FOR SELECT * FROM public.t; FETCH c",
                                            "UPDATE public.t SET v = v WHERE CURRENT OF c"))));

    private final List<Lab> labs = new ArrayList<>();
    private final List<Endpoint> databases = new ArrayList<>();

    @BeforeAll
    void start() {
        for (String major : System.getProperty("relevo.test.majors", "11,18").split(",", -1)) {
            Lab lab = Lab.start(ServerSpec.of(Integer.parseInt(major)).unsafe());
            labs.add(lab);
            Endpoint database = lab.server(0).superuser(LabServer.APPLICATION);
            databases.add(database);
            Ground.run(database, PREPARE);
            ServerId here = Ledger.look(database, "test").here();
            new Installation(Server.old(database), Server.old(database), Identity.of(here, here), 1)
                    .apply((_, _, _) -> {});
            FenceTriggers.onOld(database, TABLES).apply((_, _, _) -> {});
        }
    }

    @AfterAll
    void stop() {
        labs.forEach(Lab::close);
    }

    @Test
    void whoWritesAfterwardsMeetsTheRaisedFence() {
        databases.forEach(database -> raisedFence(database, false));
    }

    @Test
    void whoWaitsForTheLockMeetsTheRaisedFence() {
        databases.forEach(database -> raisedFence(database, true));
    }

    private static void raisedFence(Endpoint database, boolean waiting) {
        setFence(database, "false");
        Map<String, Session> sessions = new LinkedHashMap<>();
        try (Session held = database.open("fence");
                Session look = database.open("look")) {
            WRITES.forEach((name, statements) -> {
                Session session = database.open("client " + name);
                sessions.put(name, session);
                session.execute(statements.getFirst());
            });
            held.begin();
            held.execute(
                    "LOCK TABLE ONLY public.t, ONLY public.part, ONLY public.part_1, ONLY"
                            + " public.\"q\"\"u.o te\" IN EXCLUSIVE MODE");
            Map<String, CompletableFuture<String>> answers = new LinkedHashMap<>();
            if (waiting) {
                sessions.forEach((name, session) ->
                        answers.put(
                                name,
                                CompletableFuture.supplyAsync(
                                        () -> answer(session, name), Thread::startVirtualThread)));
                Ground.await(
                        Duration.ofSeconds(30),
                        "all wait",
                        () ->
                                look.text(
                                                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                                        .equals(Integer.toString(WRITES.size())));
            }
            held.text("SELECT relevo.set_fence(true)");
            held.commit();
            sessions.forEach((name, session) ->
                    assertThat(
                                    waiting
                                            ? answers.getOrDefault(
                                                            name,
                                                            CompletableFuture.completedFuture(
                                                                    "none"))
                                                    .join()
                                            : answer(session, name))
                            .as("%s at %s", name, database.display())
                            .isEqualTo("25006"));
        } finally {
            sessions.values().forEach(Session::close);
        }
    }

    private static String answer(Session session, String name) {
        try {
            session.execute(Optional.ofNullable(WRITES.get(name)).orElseThrow().getLast());
            return "";
        } catch (PgException e) {
            return e.sqlState();
        }
    }

    @Test
    void whoWritesUnderASnapshotFromBeforeTheOpeningBeginsAnew() {
        for (Endpoint database : databases) {
            setFence(database, "true");
            try (Session gate = database.open("gate");
                    Session repeatable = database.open("client");
                    Session committed = database.open("client")) {
                repeatable.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM public.t");
                committed.execute("BEGIN; SELECT * FROM public.t");
                gate.begin();
                gate.text("SELECT relevo.set_fence(false, txid_current())");
                gate.commit();
                committed.execute("UPDATE public.t SET v = v; COMMIT");
                assertThatThrownBy(
                                () -> repeatable.execute("INSERT INTO public.part VALUES (1, 1)"))
                        .isInstanceOfSatisfying(
                                PgException.class,
                                e -> assertThat(e.sqlState()).isEqualTo("40001"));
                repeatable.rollback();
                repeatable.execute(
                        "BEGIN ISOLATION LEVEL SERIALIZABLE; UPDATE public.t SET v = v; COMMIT");
            }
        }
    }

    @Test
    void ourCopyPasses() {
        for (Endpoint database : databases) {
            setFence(database, "true");
            try (Session copy =
                    database.open(
                            "copy",
                            Map.of(
                                    "session_replication_role",
                                    "replica",
                                    "relevo.passes_fence",
                                    "on"))) {
                copy.execute("BEGIN; TRUNCATE public.t; ROLLBACK");
            }
            try (Session client = database.open("client", Map.of("relevo.passes_fence", "on"))) {
                assertThatThrownBy(() -> client.execute("TRUNCATE public.t"))
                        .isInstanceOf(PgException.class);
            }
        }
    }

    private static void setFence(Endpoint database, String raised) {
        Ground.run(database, "SELECT relevo.set_fence(" + raised + ")");
    }
}
