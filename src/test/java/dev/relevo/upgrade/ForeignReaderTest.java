package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Quote;
import dev.relevo.problem.ProblemException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.postgresql.PGConnection;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;

/** Somebody else who reads from the slot is found, and told by name. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ForeignReaderTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String SLOT = "SELECT slot_name FROM pg_replication_slots";

    private final Ground ground = Ground.prepared(14, 16);

    @BeforeAll
    void follow() {
        ground.upgrade.start(_ -> {});
    }

    @AfterAll
    void close() {
        ground.close();
    }

    @Test
    @Order(1)
    void isToldWhenAForgottenSubscriptionTookTheSlot() {
        subscription("DISABLE");
        Ground.run(ground.superuser(Side.OLD), "CREATE PUBLICATION other");
        try (Lab lab = Lab.start(ServerSpec.of(16).unsafe())) {
            Endpoint third = lab.server(0).superuser(LabServer.APPLICATION);
            Endpoint old = ground.superuser(Side.OLD);
            Ground.run(
                    third,
                    "CREATE SUBSCRIPTION forgotten CONNECTION %s PUBLICATION other WITH (create_slot = false, slot_name = %s)"
                            .formatted(
                                    Quote.literal(old.conninfo(old.password())),
                                    Quote.literal(ground.text(Side.OLD, SLOT))));
            Ground.await(
                    PATIENCE,
                    "the forgotten one",
                    () ->
                            ground.text(
                                            Side.OLD,
                                            "SELECT count(*) FROM pg_stat_replication WHERE"
                                                    + " application_name = 'forgotten'")
                                    .equals("1"));
            subscription("ENABLE");
            List<String> said = new CopyOnWriteArrayList<>();
            assertThatThrownBy(() ->
                            ground.upgrade.awaitFollowing(
                                    Duration.ofSeconds(3), (_, _, what) -> said.add(what)))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> {
                                assertThat(e.problem().code()).isEqualTo("slot-taken");
                                assertThat(e.problem().detail())
                                        .contains(
                                                "application 'forgotten'",
                                                "role postgres",
                                                "127.0.0.1");
                            });
            assertThat(said)
                    .anyMatch(what -> what.contains("is read by") && what.contains("'forgotten'"));
            Ground.run(
                    third,
                    "ALTER SUBSCRIPTION forgotten DISABLE; ALTER SUBSCRIPTION forgotten SET (slot_name ="
                            + " NONE)");
            Ground.run(third, "DROP SUBSCRIPTION forgotten");
        }
        // Nobody wrote meanwhile, so here nothing was lost.
        ground.upgrade.awaitFollowing();
    }

    @Test
    @Order(2)
    void isToldWhenItConfirmedWhatWasNeverWritten() throws SQLException {
        subscription("DISABLE");
        Endpoint old = ground.superuser(Side.OLD);
        Ground.await(
                PATIENCE,
                "no reader",
                () -> ground.text(Side.OLD, "SELECT active FROM pg_replication_slots").equals("f"));
        Properties properties = new Properties();
        properties.setProperty("user", old.user());
        properties.setProperty("password", old.password().reveal());
        properties.setProperty("replication", "database");
        properties.setProperty("preferQueryMode", "simple");
        properties.setProperty("assumeMinServerVersion", "10");
        try (Connection connection =
                        DriverManager.getConnection(
                                "jdbc:postgresql://127.0.0.1:%d/%s"
                                        .formatted(old.port(), old.database()),
                                properties);
                PGReplicationStream stream =
                        connection
                                .unwrap(PGConnection.class)
                                .getReplicationAPI()
                                .replicationStream()
                                .logical()
                                .withSlotName(ground.text(Side.OLD, SLOT))
                                .withSlotOption("proto_version", "1")
                                .withSlotOption("publication_names", "other")
                                .start()) {
            LogSequenceNumber far = LogSequenceNumber.valueOf("FF/0");
            stream.setFlushedLSN(far);
            stream.setAppliedLSN(far);
            stream.forceUpdateStatus();
            Ground.await(
                    PATIENCE,
                    "a slot that was moved",
                    () ->
                            ground.text(
                                            Side.OLD,
                                            "SELECT confirmed_flush_lsn FROM pg_replication_slots")
                                    .equals("FF/0"));
        }
        subscription("ENABLE");
        assertThatThrownBy(() -> ground.upgrade.awaitFollowing())
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> {
                            assertThat(e.problem().code()).isEqualTo("slot-beyond-log");
                            assertThat(e.problem().detail()).contains("it stands at FF/0");
                        });
    }

    private void subscription(String verb) {
        String name = ground.text(Side.NEW, "SELECT quote_ident(subname) FROM pg_subscription");
        Ground.run(ground.superuser(Side.NEW), "ALTER SUBSCRIPTION " + name + " " + verb);
    }
}
