package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.handover.Limits;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.PgbenchTables;
import dev.relevo.lab.ServerSpec;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.ProblemException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Transactions that do not end while the clients are to be handed over. */
class DrainTest {
    private static Lab lab;
    private static LabServer old;
    private static LabServer fresh;

    @BeforeAll
    static void follow() {
        lab = Lab.start(ServerSpec.of(14).unsafe(), ServerSpec.of(16).unsafe());
        old = lab.server(0);
        fresh = lab.server(1);
        PgbenchTables.create(lab, old.application(), 1);
        upgrade(false).start(_ -> {});
    }

    @AfterAll
    static void close() {
        lab.close();
    }

    @Test
    void undoesTheHandoverNamesTheBlockerAndWritesGoOn() throws SQLException {
        try (Connection client = client(old);
                Statement statement = client.createStatement()) {
            client.setAutoCommit(false);
            statement.execute("UPDATE pgbench_branches SET bbalance = bbalance + 1 WHERE bid = 1");

            assertThatThrownBy(() -> upgrade(false).switchOver(_ -> {}))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> {
                                assertThat(e.problem().status()).isEqualTo(ExitStatus.ABORTED);
                                assertThat(e.problem().code()).isEqualTo("drain-timeout");
                                assertThat(e.problem().detail())
                                        .contains("role pgbench")
                                        .contains("idle in transaction")
                                        .contains("the old server serves as before");
                            });

            client.commit();
        }
        assertServes(old);
        assertClosed(fresh);
        assertThat(upgrade(false).status().phase()).isEqualTo(Status.Phase.FOLLOWING);
        try (Session session = fresh.superuser("pgbench").open("test")) {
            assertThat(session.text("SELECT count(*) FROM relevo.saved_acl")).isEqualTo("0");
            assertThat(session.text("SELECT count(*) FROM pg_replication_slots")).isEqualTo("0");
        }
    }

    @Test
    void refusesToBeginBehindAnOldTransaction() throws Exception {
        try (Connection client = client(old);
                Statement statement = client.createStatement()) {
            client.setAutoCommit(false);
            statement.execute("SELECT 1");
            // Older than the drain timeout of 2 s.
            try (Session session = old.superuser("pgbench").open("test")) {
                while (!session.exists(
                        "SELECT FROM pg_stat_activity WHERE usename = 'pgbench'"
                                + " AND xact_start < clock_timestamp() - interval '2.1 s'")) {
                    Thread.onSpinWait();
                }
            }
            assertThatThrownBy(() -> upgrade(false).switchOver(_ -> {}))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> assertThat(e.problem().code()).isEqualTo("long-transaction"));
            client.rollback();
        }
        assertServes(old);
    }

    @Test
    void forceDrainEndsItAndNothingOfItStays() throws SQLException {
        try (Connection client = client(old);
                Statement statement = client.createStatement()) {
            client.setAutoCommit(false);
            statement.execute(
                    "INSERT INTO pgbench_history (tid, bid, aid, delta) VALUES (1, 1, 1, 4711)");

            upgrade(true).switchOver(_ -> {});

            assertThatThrownBy(client::commit).isInstanceOf(SQLException.class);
        }
        assertServes(fresh);
        assertClosed(old);
        try (Session session = fresh.superuser("pgbench").open("test")) {
            assertThat(
                            session.text(
                                    "SELECT count(*) FROM public.pgbench_history WHERE delta = 4711"))
                    .isEqualTo("0");
        }
        upgrade(true).rollback(_ -> {});
        assertServes(old);
        assertClosed(fresh);
    }

    /** The fence holds for whoever overrides the read-only default, superusers as well. */
    private static void assertClosed(LabServer server) {
        for (Endpoint endpoint :
                new Endpoint[] {server.application(), server.superuser("pgbench")}) {
            try (Session session = endpoint.open("test")) {
                assertThatThrownBy(() ->
                                session.execute(
                                        "UPDATE public.pgbench_tellers SET tbalance = tbalance"
                                                + " WHERE tid = 1"))
                        .isInstanceOfSatisfying(
                                PgException.class,
                                e -> assertThat(e.sqlState()).isEqualTo("25006"));
            }
        }
    }

    private static void assertServes(LabServer server) throws SQLException {
        try (Connection client = client(server);
                Statement statement = client.createStatement()) {
            statement.execute("UPDATE pgbench_tellers SET tbalance = tbalance WHERE tid = 1");
        }
    }

    /** A client that overrides nothing. */
    private static Connection client(LabServer server) throws SQLException {
        Endpoint role = server.application();
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + server.port() + "/pgbench",
                role.user(),
                role.password().reveal());
    }

    private static Upgrade upgrade(boolean force) {
        Limits limits =
                new Limits(Duration.ofSeconds(2), force, Duration.ofSeconds(10), Duration.ZERO);
        return new Upgrade(
                new Settings(
                        old.superuser("pgbench"),
                        fresh.superuser("pgbench"),
                        Optional.empty(),
                        Optional.empty(),
                        limits,
                        2,
                        1),
                "test");
    }
}
