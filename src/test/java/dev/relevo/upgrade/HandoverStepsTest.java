package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.handover.HandoverEvent;
import dev.relevo.handover.Limits;
import dev.relevo.pg.Session;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * What single steps of a handover are there for: each of these fails when its step is left out,
 * which {@code bin/mutations} tries.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HandoverStepsTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    /** For a whole command, in a process of its own, on a machine that is busy. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** In a schema of its own, whose name no apply worker has had to look up. */
    private static final String TABLE =
            "CREATE SCHEMA apart AUTHORIZATION pgbench"
                    + " CREATE TABLE apart.late (id integer PRIMARY KEY, v integer)";

    private static final String ROWS = "SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '')";

    private static final String OURS =
            " FROM pg_stat_activity WHERE datname = 'pgbench' AND application_name LIKE 'relevo %'";

    private Ground ground;
    private final List<String> notes = new CopyOnWriteArrayList<>();

    @BeforeAll
    void start() {
        ground = Ground.prepared(14, 16);
        Ground.run(ground.superuser(Side.OLD), TABLE);
        ground.upgrade.start(_ -> {});
    }

    @BeforeEach
    void oldServes() {
        notes.clear();
        ground.awaitNobodyAtWork();
        if (ground.text(Side.OLD, "SELECT status FROM relevo.state").equals("fenced")) {
            ground.handOver(Side.OLD);
            ground.handOver(Side.NEW);
        }
    }

    @AfterAll
    void stop() {
        ground.close();
    }

    @Test
    void whoHasATransactionOpenIsWaitedFor() throws SQLException {
        handOverDuring("UPDATE pgbench_tellers SET tbalance = 4711 WHERE tid = 1");
        assertThat(
                        ground.text(
                                Side.NEW,
                                "SELECT tbalance FROM public.pgbench_tellers WHERE tid = 1"))
                .isEqualTo("4711");
    }

    @Test
    void aTableThatIsFirstWrittenToWhileTheGateIsShutIsApplied() throws SQLException {
        handOverDuring("INSERT INTO apart.late VALUES (1, 1)");
        assertThat(rows(Side.NEW)).contains("1");
    }

    /**
     * The row is not on the disk of the new server when the barrier looks, and nothing but the
     * barrier brings it there.
     */
    @Test
    void whatCameByReplicationIsNotSentBack() throws SQLException {
        int walWriter =
                Integer.parseInt(
                        ground.text(
                                Side.NEW,
                                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'"));
        ground.server(Side.NEW).freeze(walWriter);
        try {
            handOverDuring("INSERT INTO apart.late VALUES (2, 2)");
        } finally {
            ground.server(Side.NEW).thaw(walWriter);
        }
        Ground.run(ground.superuser(Side.NEW), "INSERT INTO apart.late VALUES (3, 3)");
        Ground.await(SOON, "the way back goes on", () -> rows(Side.OLD).contains("3"));
    }

    @Test
    void theServerThatServesStaysWritableAsLongAsTheOverlapLasts() {
        Duration overlap = Duration.ofSeconds(2);
        Limits limits = new Limits(Duration.ofSeconds(5), false, Duration.ofSeconds(10), overlap);
        try (Upgrade upgrade = new Upgrade(ground.with(limits, 1), "test");
                Session old = ground.superuser(Side.OLD).withDatabase("postgres").open("look");
                Session fresh = ground.superuser(Side.NEW).withDatabase("postgres").open("look")) {
            CompletableFuture<?> handover =
                    CompletableFuture.runAsync(
                            () -> upgrade.switchOver(_ -> {}), Thread.ofPlatform()::start);
            // Before the one became writable, and after the other one did not stay so.
            long begun = lastReadOnly(fresh, handover);
            while (!isReadOnly(old) && !handover.isCompletedExceptionally()) {
                LockSupport.parkNanos(5_000_000);
            }
            long lasted = System.nanoTime() - begun;
            handover.join();
            assertThat(Duration.ofNanos(lasted)).isGreaterThanOrEqualTo(overlap);
        }
    }

    /** A client that overrides the read-only default, when nobody is looked for any more. */
    @Test
    void whoSlipsInBehindTheDrainLeavesNoRowOnOneSideAlone() {
        try (Coordinator coordinator = Coordinator.freezingAt("handover/barrier")) {
            coordinator.give("switch", ground.settings);
            ground.awaitFrozen(Side.OLD);
            CompletableFuture<?> write;
            try (Session client = ground.superuser(Side.OLD).open("slips in")) {
                client.set("default_transaction_read_only", "off");
                write =
                        CompletableFuture.runAsync(
                                () -> client.execute("INSERT INTO apart.late VALUES (4, 4)"),
                                Thread.ofPlatform()::start);
                Ground.await(
                        SOON,
                        "it waits, or has ended",
                        () ->
                                write.isDone()
                                        || ground.shared(
                                                        Side.OLD,
                                                        "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = "
                                                                + client.pid())
                                                .equals("1"));
                coordinator.thaw();
                assertThat(coordinator.await(PATIENCE)).as(() -> coordinator.said()).isZero();
                assertThatThrownBy(write::join).isInstanceOf(CompletionException.class);
            }
        }
        ground.upgrade.awaitFollowing();
        assertThat(rows(Side.OLD)).isEqualTo(rows(Side.NEW)).doesNotContain("4");
    }

    /** Nobody is left who could keep the gate, or make the side read-only again. */
    @Test
    void whoWaitsReadsNothingWhenEverythingOfOursThereIsEnded() {
        try (Coordinator coordinator = Coordinator.freezingAt("handover/drain")) {
            coordinator.give("switch", ground.settings);
            ground.awaitFrozen(Side.OLD);
            try (Waiters waiters = Waiters.at(ground, Side.NEW)) {
                ground.shared(Side.NEW, "SELECT count(pg_terminate_backend(pid))" + OURS);
                assertThat(waiters.answers().values()).doesNotContain("");
            }
            coordinator.thaw();
            assertThat(coordinator.await(PATIENCE)).isNotZero();
        }
        ground.awaitServing(Side.OLD, SOON);
    }

    /** The keeper would do the same. */
    @Test
    void theOtherSideIsClosedAgainWhenRelevoDiesAndNobodyKeepsTheGate() {
        try (Coordinator coordinator = Coordinator.freezingAt("handover/drain")) {
            coordinator.give("switch", ground.settings);
            ground.awaitFrozen(Side.OLD);
            String keeper = OURS.replace("%", "switch keeper");
            ground.shared(Side.NEW, "SELECT count(pg_terminate_backend(pid))" + keeper);
            Ground.await(
                    SOON,
                    "it is gone",
                    () -> ground.shared(Side.NEW, "SELECT count(*)" + keeper).equals("0"));
            assertThat(ground.isReadOnly(Side.NEW)).isFalse();
            coordinator.kill();
        }
        Ground.await(SOON, "it is closed", () -> ground.isReadOnly(Side.NEW));
        ground.awaitServing(Side.OLD, SOON);
    }

    @Test
    void oneSideServesAndOneDirectionRunsWhenRelevoDiesBehindTheOpening() {
        try (Coordinator coordinator = Coordinator.dyingAt("handover/open")) {
            coordinator.give("switch", ground.settings);
            assertThat(coordinator.await(PATIENCE))
                    .as(() -> coordinator.said())
                    .isEqualTo(Coordinator.KILLED);
        }
        ground.awaitServing(Side.NEW, SOON);
        Ground.await(
                SOON,
                "the new side does not follow any more",
                () ->
                        ground.text(
                                        Side.NEW,
                                        "SELECT count(*) FROM pg_stat_subscription WHERE pid IS NOT NULL")
                                .equals("0"));
        Ground.run(ground.superuser(Side.NEW), "INSERT INTO apart.late VALUES (5, 5)");
        Ground.await(SOON, "the way back runs", () -> rows(Side.OLD).contains("5"));
        ground.awaitNobodyAtWork();
        ground.handOver(Side.OLD);
        ground.requireTidy(Side.NEW);
    }

    /**
     * Hands over while a client has a transaction open, which writes when it is waited for, and
     * commits.
     */
    private void handOverDuring(String sql) throws SQLException {
        try (Connection client = ground.client(Side.OLD).connect(60);
                Statement statement = client.createStatement()) {
            statement.execute("SELECT 1");
            CompletableFuture<?> handover =
                    CompletableFuture.runAsync(
                            () -> ground.upgrade.switchOver(this::note),
                            Thread.ofPlatform()::start);
            Ground.await(PATIENCE, "it is waited for", () -> !notes.isEmpty() || handover.isDone());
            statement.executeUpdate(sql);
            client.commit();
            handover.join();
        }
        assertThat(notes).isNotEmpty();
    }

    private void note(HandoverEvent event) {
        if (event.step().equals("drain") && event.note().startsWith("waiting for")) {
            notes.add(event.note());
        }
    }

    private String rows(Side side) {
        return ground.text(side, ROWS + " FROM apart.late");
    }

    /** When the last look began that found it read-only by default. */
    private static long lastReadOnly(Session session, CompletableFuture<?> handover) {
        long last = System.nanoTime();
        while (true) {
            long asked = System.nanoTime();
            if (!isReadOnly(session) || handover.isCompletedExceptionally()) {
                return last;
            }
            last = asked;
            LockSupport.parkNanos(5_000_000);
        }
    }

    private static boolean isReadOnly(Session session) {
        return session.exists(
                "SELECT FROM pg_db_role_setting WHERE setrole = 0"
                        + " AND 'default_transaction_read_only=on' = ANY (setconfig)");
    }
}
