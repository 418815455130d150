package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.handover.Limits;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import dev.relevo.ledger.OwnTable;
import dev.relevo.ledger.ServingState;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * An upgrade between the first two servers, and every command given with another one in place of
 * either: nothing changes anywhere, and the exit status is 7.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WrongServerTest {
    private static final String TRACES =
            "SELECT coalesce(string_agg(line, E'\\n' ORDER BY line), '') FROM ("
                    + "SELECT 'database ' || oid || ' ' || datname FROM pg_database"
                    + " UNION ALL SELECT 'role ' || rolname FROM pg_roles WHERE rolname !~ '^pg_'"
                    + " UNION ALL SELECT 'slot ' || slot_name || plugin FROM pg_replication_slots"
                    + " UNION ALL SELECT 'subscription ' || oid || subname || subenabled FROM pg_subscription"
                    + " UNION ALL SELECT 'setting ' || setdatabase || setrole || setconfig::text FROM"
                    + " pg_db_role_setting) t (line)";

    private Lab lab;
    private Endpoint old;
    private Endpoint fresh;
    private Endpoint third;

    @BeforeAll
    void follow() {
        lab =
                Lab.start(
                        ServerSpec.of(14).unsafe(),
                        ServerSpec.empty(16).unsafe(),
                        ServerSpec.empty(16).unsafe());
        old = lab.server(0).superuser(LabServer.APPLICATION);
        fresh = lab.server(1).superuser(LabServer.APPLICATION);
        third = lab.server(2).superuser(LabServer.APPLICATION);
        Ground.run(
                old, "CREATE TABLE public.t (id int PRIMARY KEY); INSERT INTO public.t VALUES (1)");
        new Upgrade(settings(old, fresh), "test").start(_ -> {});
    }

    @AfterAll
    void stop() {
        lab.close();
    }

    private static Settings settings(Endpoint old, Endpoint fresh) {
        return new Settings(
                old,
                fresh,
                Optional.empty(),
                Optional.empty(),
                new Limits(
                        Duration.ofSeconds(5),
                        false,
                        Duration.ofSeconds(10),
                        Duration.ofMillis(50)),
                2,
                1);
    }

    /** Every command that changes something or helps to, with these two servers. */
    private void refusesAll(Endpoint wrongOld, Endpoint wrongNew, String code) {
        Upgrade upgrade = new Upgrade(settings(wrongOld, wrongNew), "test");
        Map<String, Runnable> commands = new TreeMap<>();
        commands.put("check", upgrade::check);
        commands.put("plan", upgrade::plan);
        commands.put("start", () -> upgrade.start(_ -> {}));
        commands.put("switch", () -> upgrade.switchOver(_ -> {}));
        commands.put("rollback", () -> upgrade.rollback(_ -> {}));
        commands.put("finish", () -> upgrade.finish(_ -> {}));
        commands.put("abort", () -> upgrade.abort(_ -> {}));
        commands.put("copy-worker", () -> upgrade.joinCopy(_ -> {}));
        String before = traces();
        commands.forEach((name, command) ->
                assertThatThrownBy(command::run)
                        .as(name)
                        .isInstanceOfSatisfying(
                                ProblemException.class,
                                e -> {
                                    assertThat(e.problem().status())
                                            .as(name)
                                            .isEqualTo(ExitStatus.STATE);
                                    assertThat(e.problem().code()).as(name).isEqualTo(code);
                                    assertThat(e.problem().hint()).as(name).doesNotContain("DROP");
                                }));
        assertThat(traces()).isEqualTo(before);
    }

    private String traces() {
        StringBuilder all = new StringBuilder();
        for (LabServer server : lab.servers()) {
            try (Session session = server.superuser("postgres").open("test")) {
                all.append(session.text(TRACES)).append("\n--\n");
            }
        }
        return all.toString();
    }

    @Test
    @Order(1)
    void anUnrelatedServerWhoseDatabaseHasTheSameOid() {
        String oid;
        try (Session session = fresh.open("test")) {
            oid =
                    session.text(
                            "SELECT oid::text FROM pg_database WHERE datname = current_database()");
        }
        Endpoint maintenance = third.withDatabase("postgres");
        Ground.run(maintenance, "CREATE DATABASE precious OID = " + oid);
        Ground.run(
                third.withDatabase("precious"),
                "CREATE TABLE public.treasure (); CREATE ROLE \"relevo_guard\"");
        refusesAll(old, third.withDatabase("precious"), "wrong-server");
        refusesAll(old, third, "wrong-server");
        Ground.run(maintenance, "DROP DATABASE precious");
    }

    @Test
    @Order(2)
    void anEmptyServerDoesNotTakeTheSlotOfTheOneThatFollows() {
        refusesAll(old, third, "wrong-server");
        Ground.run(old, "INSERT INTO public.t VALUES (2)");
        Ground.await(
                Duration.ofSeconds(20),
                "the row",
                () -> {
                    try (Session session = fresh.open("test")) {
                        return session.text("SELECT count(*) FROM public.t").equals("2");
                    }
                });
    }

    @Test
    @Order(3)
    void anotherDatabaseOfTheRightServer() {
        Ground.run(fresh.withDatabase("postgres"), "CREATE DATABASE other");
        refusesAll(old, fresh.withDatabase("other"), "wrong-server");
        refusesAll(old, fresh.withDatabase("missing"), "wrong-server");
        Ground.run(old.withDatabase("postgres"), "CREATE DATABASE \"ot\"\"her\"");
        refusesAll(old.withDatabase("ot\"her"), fresh, "wrong-server");
    }

    @Test
    @Order(4)
    void anotherOldServer() {
        refusesAll(third.withDatabase("postgres"), fresh, "wrong-server");
    }

    @Test
    @Order(5)
    void exchangedServers() {
        refusesAll(fresh, old, "servers-exchanged");
    }

    @Test
    @Order(6)
    void aDumpOfThePreparedDatabaseRestoredElsewhere() {
        Ground.run(third.withDatabase("postgres"), "CREATE DATABASE " + LabServer.APPLICATION);
        String row;
        try (Session session = fresh.open("test")) {
            row = session.text("SELECT pg_catalog.quote_literal(u::text) FROM relevo.upgrade u");
        }
        Ground.run(
                third,
                OwnTable.load(ServingState.class, "upgrade")
                        + "INSERT INTO relevo.upgrade SELECT (r).* FROM (SELECT "
                        + row
                        + "::relevo.upgrade) x (r)");
        refusesAll(old, third, "wrong-server");
    }

    @Test
    @Order(7)
    void aSchemaOfTheUsersThatIsCalledRelevoIsNeitherUsedNorDropped() {
        Endpoint theirs = old.withDatabase("theirs");
        Ground.run(old.withDatabase("postgres"), "CREATE DATABASE theirs");
        Ground.run(
                theirs,
                "CREATE SCHEMA relevo; CREATE TABLE relevo.upgrade (id int); CREATE TABLE relevo.state"
                        + " (side text)");
        refusesAll(theirs, third.withDatabase("theirs"), "schema-taken");
        try (Session session = theirs.open("test")) {
            assertThat(session.text("SELECT count(*) FROM relevo.upgrade")).isEqualTo("0");
        }
    }

    @Test
    @Order(8)
    void aFinishedUpgradeIsNotBegunAgainAndNobodyIsToldToDropTheDatabaseThatServes() {
        Upgrade upgrade = new Upgrade(settings(old, fresh), "test");
        upgrade.switchOver(_ -> {});
        upgrade.finish(_ -> {});
        upgrade.finish(_ -> {});
        Ground.run(fresh, "INSERT INTO public.t VALUES (3)");
        for (Runnable command :
                List.<Runnable>of(
                        upgrade::check,
                        upgrade::plan,
                        () -> upgrade.start(_ -> {}),
                        () -> upgrade.switchOver(_ -> {}),
                        () -> upgrade.rollback(_ -> {}),
                        () -> upgrade.abort(_ -> {}))) {
            assertThatThrownBy(command::run)
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> {
                                assertThat(e.problem().status()).isEqualTo(ExitStatus.STATE);
                                assertThat(e.problem().code()).isEqualTo("finished");
                                assertThat(e.problem().hint()).doesNotContain("DROP");
                            });
        }
        assertThat(upgrade.status().phase()).isEqualTo(Status.Phase.FINISHED);
        assertThat(upgrade.log().stream().map(entry -> entry.command() + " " + entry.what()))
                .contains("start done", "switch begin", "switch done", "finish done");
    }

    @Test
    @Order(9)
    void aStandbyThatWasPromotedIsAnotherServer() throws IOException {
        Ground.run(old.withDatabase("postgres"), "CREATE DATABASE second");
        Endpoint from = old.withDatabase("second");
        Endpoint to = fresh.withDatabase("second");
        Ground.run(from, "CREATE TABLE public.t (id int PRIMARY KEY)");
        new Upgrade(settings(from, to), "test").start(_ -> {});
        LabServer server = lab.server(1);
        server.stop(LabServer.StopMode.FAST);
        Files.createFile(server.data().resolve("standby.signal"));
        server.start();
        try (Session session = server.superuser("postgres").open("test")) {
            session.text("SELECT pg_promote()");
        }
        refusesAll(from, to, "wrong-server");
        try (Session session = to.open("test")) {
            assertThat(ServingState.read(session)).contains(ServingState.CLOSED);
        }
    }
}
