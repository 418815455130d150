package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.handover.Limits;
import dev.relevo.pg.Session;
import dev.relevo.problem.ProblemException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What clients meet when a handover is undone, by whatever: those that wait at the gate are told to
 * come again, and one of the two sides is writable at any time.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UndoneTest {
    private static final Limits LIMITS =
            new Limits(Duration.ofSeconds(2), false, Duration.ofSeconds(5), Duration.ofMillis(50));

    private static final Duration SOON = Duration.ofSeconds(10);

    private static final String OURS =
            "FROM pg_stat_activity WHERE datname = 'pgbench' AND application_name LIKE 'relevo ";

    private Ground ground;

    @BeforeAll
    void start() {
        ground = new Ground(14, 16, LIMITS);
        ground.upgrade.start(_ -> {});
    }

    /** Whatever the test before left. */
    @BeforeEach
    void beginOnOld() {
        oldServes();
    }

    private Side oldServes() {
        ground.awaitNobodyAtWork();
        if (ground.text(Side.OLD, "SELECT status FROM relevo.state").equals("fenced")) {
            ground.handOver(Side.OLD);
            ground.handOver(Side.NEW);
        }
        return Side.OLD;
    }

    @AfterAll
    void stop() {
        ground.close();
    }

    @ParameterizedTest
    @CsvSource({"overlap, OLD", "barrier, OLD"})
    void whoWaitsAtTheGateWhenRelevoDiesIsToldToComeAgain(String step, Side from) {
        WritableHost.watch(
                ground,
                () -> {
                    try (Coordinator coordinator = Coordinator.freezingAt("handover/" + step)) {
                        coordinator.give(Ground.command(from), ground.settings);
                        awaitWritable(from.other());
                        try (Waiters waiters = Waiters.at(ground, from.other())) {
                            if (!step.equals("overlap")) {
                                ground.awaitFrozen(from);
                            }
                            coordinator.kill();
                            assertThat(waiters.answers().values()).containsOnly("57P01");
                        }
                    }
                    ground.awaitServing(from, SOON);
                });
        requireUndone(from);
    }

    @Test
    void whoWaitsAtTheGateWhenRelevoIsFrozenIsToldToComeAgain() {
        try (Coordinator coordinator = Coordinator.freezingAt("handover/fence")) {
            coordinator.give("switch", ground.settings);
            awaitWritable(Side.NEW);
            try (Waiters waiters = Waiters.at(ground, Side.NEW)) {
                assertThat(waiters.answers().values()).containsOnly("57P01");
            }
            ground.awaitServing(Side.OLD, SOON);
        }
        requireUndone(Side.OLD);
    }

    @Test
    void whoWaitsAtTheGateWhenRelevoUndoesIsToldToComeAgain() throws SQLException {
        try (Connection client = ground.client(Side.OLD).connect(30);
                Statement statement = client.createStatement();
                Coordinator coordinator = Coordinator.ready()) {
            coordinator.give("switch", ground.settings);
            awaitWritable(Side.NEW);
            statement.execute("UPDATE pgbench_branches SET bbalance = bbalance");
            WritableHost.watch(
                    ground,
                    () -> {
                        try (Waiters waiters = Waiters.at(ground, Side.NEW)) {
                            assertThat(waiters.answers().values()).containsOnly("57P01");
                        }
                        assertThat(coordinator.await(SOON)).isNotZero();
                    });
            client.commit();
        }
        requireUndone(Side.OLD);
    }

    @Test
    void whoWaitsGoesOnWhenRelevoDiesBetweenTheTwoCommits() {
        try (Coordinator coordinator = Coordinator.freezingAt("handover/commit-point")) {
            coordinator.give("switch", ground.settings);
            awaitWritable(Side.NEW);
            try (Waiters waiters = Waiters.at(ground, Side.NEW)) {
                ground.awaitFrozen(Side.OLD);
                coordinator.kill();
                // Rows from before the opening: COPY would read them, SERIALIZABLE may be too
                // quick.
                waiters.answers()
                        .forEach((statement, answer) ->
                                assertThat(answer)
                                        .as(statement)
                                        .isIn(
                                                statement.startsWith("COPY")
                                                        ? List.of("57P01")
                                                        : statement.contains("SERIALIZABLE")
                                                                ? List.of("", "57P01")
                                                                : List.of("")));
            }
        }
        ground.awaitServing(Side.NEW, SOON);
        ground.awaitNobodyAtWork();
        ground.handOver(Side.OLD);
        ground.requireTidy(Side.NEW);
        ground.handOver(Side.NEW);
        ground.requireTidy(Side.OLD);
    }

    @ParameterizedTest
    @CsvSource({"keeper", "dead-man"})
    void nobodyIsLeftWaitingWhenAnAdministratorEnds(String session) {
        try (Coordinator coordinator = Coordinator.freezingAt("handover/fence")) {
            coordinator.give("switch", ground.settings);
            awaitWritable(Side.NEW);
            try (Waiters waiters = Waiters.at(ground, Side.NEW)) {
                ground.awaitFrozen(Side.OLD);
                end(Side.NEW, "switch " + session);
                coordinator.thaw();
                assertThat(coordinator.await(SOON)).isNotZero();
                waiters.answers();
            }
        }
        ground.awaitServing(Side.OLD, SOON);
        requireUndone(Side.OLD);
    }

    @ParameterizedTest
    @CsvSource({
        "overlap, OLD",
        "overlap, NEW",
        "read-only, OLD",
        "drain, NEW",
        "fence, OLD",
        "barrier, NEW",
        "barrier, OLD"
    })
    void oneSideIsWritableWhenAnAdministratorEndsAllOurSessions(String step, Side side) {
        WritableHost.watch(
                ground,
                () -> {
                    try (Coordinator coordinator = Coordinator.freezingAt("handover/" + step)) {
                        coordinator.give("switch", ground.settings);
                        awaitWritable(Side.NEW);
                        if (!step.equals("overlap")) {
                            ground.awaitFrozen(Side.OLD);
                        }
                        end(side, "%");
                        coordinator.thaw();
                        // Right behind the barrier it may be too late to undo: then it is
                        // completed.
                        boolean completed = coordinator.await(SOON) == 0;
                        assertThat(completed && !step.equals("barrier")).isFalse();
                        ground.awaitServing(completed ? Side.NEW : Side.OLD, SOON);
                    }
                });
        requireUndone(oldServes());
    }

    @Test
    void oldSideServesAlthoughItsSynchronousStandbyIsGone() {
        try (Coordinator coordinator = Coordinator.freezingAt("handover/drain")) {
            coordinator.give("switch", ground.settings);
            ground.awaitFrozen(Side.OLD);
            standby("gone");
            coordinator.kill();
            Ground.await(SOON, "old is read-write", () -> !ground.isReadOnly(Side.OLD));
        } finally {
            standby("");
        }
        ground.awaitServing(Side.OLD, SOON);
        requireUndone(Side.OLD);
    }

    /** Whether it cannot come back, or comes back and waits at the gate itself. */
    @ParameterizedTest
    @ValueSource(strings = {"NOLOGIN", "LOGIN"})
    void clientsDoNotWaitForAnApplyWorkerThatHasEnded(String attribute) {
        String reads = ground.text(Side.OLD, "SELECT usename FROM pg_stat_replication LIMIT 1");
        try (Coordinator coordinator = Coordinator.freezingAt("handover/read-only")) {
            coordinator.give("switch", ground.settings);
            ground.awaitFrozen(Side.OLD);
            role(reads, attribute);
            ground.shared(
                    Side.OLD, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_replication");
            coordinator.thaw();
            ground.awaitServing(Side.OLD, Limits.DEFAULT.catchUp().dividedBy(2));
            assertThat(coordinator.await(SOON)).isNotZero();
            assertThat(coordinator.said()).contains("broke off while clients waited");
        } finally {
            role(reads, "LOGIN");
        }
        requireUndone(Side.OLD);
        ground.handOver(Side.OLD);
        ground.handOver(Side.NEW);
    }

    @Test
    void anUndoLeavesASideAloneThatIsOpen() {
        try (Session session = ground.superuser(Side.NEW).open("test")) {
            session.begin();
            session.execute("UPDATE relevo.state SET status = 'open'");
            session.commit();
            session.execute("ALTER DATABASE pgbench RESET default_transaction_read_only");
            assertThatThrownBy(() -> ground.handOver(Side.OLD))
                    .isInstanceOf(ProblemException.class);
            assertThat(ground.isReadOnly(Side.NEW)).isFalse();
            session.execute("UPDATE relevo.state SET status = 'closed'");
            session.execute("ALTER DATABASE pgbench SET default_transaction_read_only = on");
        }
    }

    private void role(String name, String attribute) {
        Ground.run(
                ground.superuser(Side.OLD).withDatabase("postgres"),
                "ALTER ROLE \"" + name + "\" " + attribute);
    }

    private void end(Side side, String which) {
        ground.shared(side, "SELECT count(pg_terminate_backend(pid)) " + OURS + which + "'");
        Ground.await(
                SOON,
                "they are gone",
                () -> ground.shared(side, "SELECT count(*) " + OURS + which + "'").equals("0"));
    }

    private void standby(String name) {
        try (Session session = ground.server(Side.OLD).superuser("postgres").open("test")) {
            session.execute("ALTER SYSTEM SET synchronous_standby_names = '" + name + "'");
            session.text("SELECT pg_reload_conf()");
            Ground.await(
                    SOON,
                    "the setting",
                    () -> session.text("SHOW synchronous_standby_names").equals(name));
        }
    }

    private void awaitWritable(Side side) {
        Ground.await(
                Duration.ofSeconds(90), side + " is read-write", () -> !ground.isReadOnly(side));
    }

    /** Nothing closed but the side that does not serve; the same command again would succeed. */
    private void requireUndone(Side serving) {
        ground.awaitNobodyAtWork();
        assertThat(ground.client(serving).write()).isEmpty();
        Ground.await(
                SOON,
                "privileges are back and the other side is closed",
                () ->
                        ground.client(serving.other()).write().equals("25006")
                                && ground.isReadOnly(serving.other()));
    }
}
