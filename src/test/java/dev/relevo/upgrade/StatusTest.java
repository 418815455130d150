package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.handover.HandoverEvent;
import dev.relevo.lab.LabServer;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Secret;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.ProblemException;
import dev.relevo.replication.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** What status says of an upgrade that is as it should be, and of one that is not. */
@TestInstance(Lifecycle.PER_CLASS)
class StatusTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Ground ground = Ground.prepared(14, 18);

    /** The new server's log is one in JSON of its own, the old one's is its standard error. */
    @BeforeAll
    void start() {
        LabServer fresh = ground.server(Side.NEW);
        Ground.run(fresh.superuser("postgres"), "ALTER SYSTEM SET logging_collector = on");
        Ground.run(fresh.superuser("postgres"), "ALTER SYSTEM SET log_destination = 'jsonlog'");
        fresh.stop(LabServer.StopMode.FAST);
        fresh.start();
        Ground.run(
                ground.superuser(Side.OLD),
                """
                CREATE TABLE public.value_interval (id integer PRIMARY KEY, v interval);
                CREATE TABLE public.value_jsonpath (id integer PRIMARY KEY, v jsonpath);
                """);
        ground.upgrade.start(_ -> {});
    }

    @AfterAll
    void close() {
        ground.close();
    }

    @Test
    void neverTakesAServerThatCannotBeReachedForAnInterruptedHandover() {
        for (Side side : Side.values()) {
            Endpoint right = ground.superuser(side);
            Map<String, Endpoint> wrong = new HashMap<>();
            wrong.put("not-listening", at(right, 1));
            wrong.put("wrong-password", right.withUser(right.user(), Secret.of("wrong")));
            wrong.put(
                    "no-ssl",
                    new Endpoint(
                            right.host(),
                            right.port(),
                            right.database(),
                            right.user(),
                            right.password(),
                            Map.of("sslmode", "verify-full")));
            wrong.forEach((cause, endpoint) -> isUnknown(side, cause, status(side, endpoint)));
        }
    }

    private void isUnknown(Side side, String cause, Status status) {
        assertThat(status.phase()).as(cause).isEqualTo(Status.Phase.UNKNOWN);
        assertThat(status.next()).doesNotContain("switch").contains(side + " server");
        Status.Side silent = side == Side.OLD ? status.oldServer() : status.newServer();
        Status.Side other = side == Side.OLD ? status.newServer() : status.oldServer();
        assertThat(silent.trouble())
                .hasValueSatisfying(problem -> {
                    assertThat(problem.status()).isEqualTo(ExitStatus.CONNECTION);
                    assertThat(problem.message()).isNotBlank();
                });
        assertThat(other.trouble()).isEmpty();
        assertThat(other.state())
                .isIn(side == Side.OLD ? List.of("closed", "fenced") : List.of("open"));
        assertThat(other.version()).isNotEmpty();
        assertThat(status.serving()).isEqualTo(side == Side.OLD ? "unknown" : "old");
    }

    @Test
    void isUnknownWhileAServerIsDownAndKnownWhenItIsBack() {
        for (Side side : Side.values()) {
            ground.server(side).stop(LabServer.StopMode.FAST);
            isUnknown(side, "stopped", ground.upgrade.status());
            if (side == Side.OLD) {
                Ground.await(
                        PATIENCE,
                        "what the apply worker meets",
                        () ->
                                problems().contains("no apply worker")
                                        || problems().contains("the apply worker"));
            }
            ground.server(side).start();
            awaitFollowing();
        }
    }

    @Test
    void showsWhyAnApplyWorkerFailsAndSwitchRefusesAtOnce() {
        Ground.run(
                ground.superuser(Side.NEW), unfenced("INSERT INTO public.probe VALUES ('x', 1)"));
        Ground.run(ground.superuser(Side.OLD), "INSERT INTO public.probe VALUES ('x', 1)");
        Ground.await(
                PATIENCE,
                "the reason",
                () -> problems().contains("insert_exists") && problems().contains("(x, 1)"));
        Ground.await(
                PATIENCE,
                "the reason in all its parts",
                () -> {
                    Status status = ground.upgrade.status();
                    return status.phase() == Status.Phase.FOLLOWING
                            && status.next().contains("when the problem above is fixed")
                            && status.replication().stream()
                                    .flatMap(r -> r.subscriptions().stream())
                                    .allMatch(one ->
                                            one.error().stream()
                                                            .anyMatch(
                                                                    e -> e.state().equals("23505"))
                                                    && one.worker()
                                                            .flatMap(Worker::errors)
                                                            .filter(n -> n > 0)
                                                            .isPresent());
                });
        refuses(Side.OLD, "insert_exists");
        Ground.run(ground.superuser(Side.NEW), unfenced("DELETE FROM public.probe"));
        awaitFollowing();
        ground.upgrade.awaitFollowing();
        Ground.run(ground.superuser(Side.OLD), "DELETE FROM public.probe");
        Ground.await(PATIENCE, "no problem any more", () -> problems().isEmpty());
    }

    @Test
    void showsASubscriptionThatSomebodyDisabledAndSwitchRefusesAtOnce() {
        String name = ground.text(Side.NEW, "SELECT quote_ident(subname) FROM pg_subscription");
        Ground.run(ground.superuser(Side.NEW), "ALTER SUBSCRIPTION " + name + " DISABLE");
        assertThat(problems()).contains("is disabled").contains("ENABLE");
        refuses(Side.OLD, "is disabled");
        Ground.run(ground.superuser(Side.NEW), "ALTER SUBSCRIPTION " + name + " ENABLE");
        awaitFollowing();
    }

    @Test
    void namesATableThatAPublicationWasToldToLeaveOut() {
        String name = ground.text(Side.OLD, "SELECT quote_ident(pubname) FROM pg_publication");
        Ground.run(
                ground.superuser(Side.OLD),
                "ALTER PUBLICATION " + name + " DROP TABLE ONLY public.probe");
        assertThat(problems())
                .contains("does not publish public.probe any more")
                .contains("relevo abort, then relevo start");
        assertThat(ground.upgrade.status().next()).startsWith("relevo abort, then relevo start");
        assertThatThrownBy(() -> ground.handOver(Side.OLD))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().detail()).contains("public.probe"));
        Ground.run(
                ground.superuser(Side.OLD),
                "ALTER PUBLICATION " + name + " ADD TABLE ONLY public.probe");
        assertThat(problems()).isEmpty();
        Ground.run(
                ground.superuser(Side.OLD),
                "ALTER PUBLICATION " + name + " SET (publish = 'insert, update')");
        assertThat(problems()).contains("leave out DELETE, TRUNCATE");
        refuses(Side.OLD, "leave out DELETE, TRUNCATE");
        Ground.run(
                ground.superuser(Side.OLD),
                "ALTER PUBLICATION "
                        + name
                        + " SET (publish = 'insert, update, delete, truncate')");
        assertThat(problems()).isEmpty();
    }

    @Test
    void namesATableOnWhichTheFenceDoesNotStandAndStartPutsItRight() {
        for (String change :
                List.of(
                        "ALTER TABLE public.probe DISABLE TRIGGER ALL",
                        "ALTER TABLE public.probe ENABLE REPLICA TRIGGER relevo_fence",
                        "DROP TRIGGER relevo_fence ON public.probe")) {
            Ground.run(ground.superuser(Side.NEW), change);
            assertThat(problems())
                    .as(change)
                    .contains("fence is missing or disabled on the new server, on public.probe")
                    .contains("relevo start");
            ground.upgrade.start(_ -> {});
            assertThat(problems()).as(change).isEmpty();
        }
    }

    /** An interval and a jsonpath of which 14 does not know. */
    @Test
    void saysThatRollbackIsNotPossibleWhenTheOldServerCannotTakeAValue() {
        ground.handOver(Side.OLD);
        leavesRowsOut();
        cannotTake("public.value_interval", "'infinity'", "invalid input syntax for type interval");
        cannotTake("public.value_jsonpath", "'$.bigint()'", "jsonpath");
        ground.handOver(Side.NEW);
        awaitFollowing();
    }

    /** From 15 on a publication may do so. */
    private void leavesRowsOut() {
        String name = ground.text(Side.NEW, "SELECT quote_ident(pubname) FROM pg_publication");
        String again =
                "ALTER PUBLICATION %1$s DROP TABLE ONLY public.probe; ALTER PUBLICATION %1$s ADD TABLE ONLY public.probe "
                        .formatted(name);
        Ground.run(ground.superuser(Side.NEW), again + "WHERE (n > 1)");
        assertThat(problems()).contains("leave out rows of public.probe").contains("relevo finish");
        Ground.run(ground.superuser(Side.NEW), again + "(side, n)");
        assertThat(problems()).contains("leave out columns of public.probe");
        Ground.run(ground.superuser(Side.NEW), again);
        assertThat(problems()).isEmpty();
    }

    private void cannotTake(String table, String value, String error) {
        Ground.run(
                ground.superuser(Side.NEW),
                "INSERT INTO %s VALUES (1, %s)".formatted(table, value));
        // Between its attempts the worker is there for a moment.
        Ground.await(
                PATIENCE,
                "the reason",
                () -> {
                    Status status = ground.upgrade.status();
                    return status.phase() == Status.Phase.SWITCHED
                            && problems(status).contains(error)
                            && problems(status).contains("rollback is no longer possible")
                            && problems(status).contains(table)
                            && status.next().startsWith("relevo finish;");
                });
        refuses(Side.NEW, error);
        // A person may get round it: the old server takes anything as text.
        Ground.run(ground.superuser(Side.OLD), "ALTER TABLE %s ALTER v TYPE text".formatted(table));
        ground.upgrade.awaitFollowing();
        Ground.run(ground.superuser(Side.NEW), "DELETE FROM " + table);
        ground.upgrade.awaitFollowing();
        String type = table.substring(table.indexOf('_') + 1);
        Ground.run(
                ground.superuser(Side.OLD),
                "ALTER TABLE %s ALTER v TYPE %s USING v::%s".formatted(table, type, type));
        Ground.await(
                PATIENCE,
                "rollback to be possible again",
                () ->
                        problems().isEmpty()
                                && ground.upgrade.status().next().contains("or relevo rollback"));
    }

    private static String unfenced(String statement) {
        return "BEGIN; ALTER TABLE public.probe DISABLE TRIGGER ALL; %s; ALTER TABLE public.probe ENABLE TRIGGER ALL; COMMIT"
                .formatted(statement);
    }

    /** Refused with the reason, before anybody had to wait and before anything was closed. */
    private void refuses(Side from, String reason) {
        List<HandoverEvent> steps = new ArrayList<>();
        assertThatThrownBy(() -> handOver(from, steps::add))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> {
                            assertThat(e.problem().code()).isEqualTo("apply-stopped");
                            assertThat(e.problem().status()).isEqualTo(ExitStatus.STATE);
                            assertThat(e.problem().detail()).contains(reason);
                        });
        assertThat(steps).isEmpty();
        assertThat(ground.client(from).write()).isEmpty();
    }

    private void handOver(Side from, Consumer<HandoverEvent> listener) {
        if (from == Side.OLD) {
            ground.upgrade.switchOver(listener);
        } else {
            ground.upgrade.rollback(listener);
        }
    }

    private String problems() {
        return problems(ground.upgrade.status());
    }

    private static String problems(Status status) {
        return status.replication().stream()
                .flatMap(r -> r.problems().stream())
                .collect(Collectors.joining("\n"));
    }

    private void awaitFollowing() {
        Awaitility.await("following again")
                .pollInSameThread()
                .atMost(PATIENCE)
                .untilAsserted(() -> {
                    Status status = ground.upgrade.status();
                    assertThat(status.phase())
                            .as(status::toString)
                            .isEqualTo(Status.Phase.FOLLOWING);
                    assertThat(status.replication().orElseThrow().workerRunning())
                            .as(status::toString)
                            .isTrue();
                });
    }

    private static Endpoint at(Endpoint endpoint, int port) {
        return new Endpoint(
                endpoint.host(),
                port,
                endpoint.database(),
                endpoint.user(),
                endpoint.password(),
                endpoint.parameters());
    }

    /** What status says when one side is given as something else. */
    private Status status(Side side, Endpoint endpoint) {
        Settings settings =
                new Settings(
                        side == Side.OLD ? endpoint : ground.superuser(Side.OLD),
                        side == Side.NEW ? endpoint : ground.superuser(Side.NEW),
                        Optional.empty(),
                        Optional.empty(),
                        ground.settings.handover(),
                        1,
                        Settings.AUTOMATIC);
        try (Upgrade upgrade = new Upgrade(settings, "test")) {
            return upgrade.status();
        }
    }
}
