package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Server;
import dev.relevo.handover.Installation;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import dev.relevo.ledger.Identity;
import dev.relevo.ledger.Ledger;
import dev.relevo.ledger.ServerId;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Fenced marks that arrive by several apply workers at the same time, played by hand. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MarksTest {
    private static final String STATUS = "SELECT status FROM relevo.state";

    private Lab lab;
    private Endpoint database;

    @BeforeAll
    void prepare() {
        lab = Lab.start(ServerSpec.of(16).unsafe());
        database = lab.server(0).superuser(LabServer.APPLICATION);
        ServerId here = Ledger.look(database, "test").here();
        new Installation(Server.fresh(database), Server.fresh(database), Identity.of(here, here), 2)
                .apply((_, _, _) -> {});
    }

    @AfterAll
    void stop() {
        lab.close();
    }

    @BeforeEach
    void isClosed() {
        Ground.run(
                database,
                "UPDATE relevo.state SET status = 'closed'; TRUNCATE relevo.nonce_old, relevo.nonce_old_2");
    }

    @Test
    void whoIsLastSeesTheMarksOfAllAndOpens() throws Exception {
        try (Session first = worker(database);
                Session second = worker(database);
                Session look = database.open("look");
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            first.begin();
            first.execute("INSERT INTO relevo.nonce_old VALUES ('f1')");
            second.begin();
            Future<?> arriving =
                    executor.submit(
                            () -> second.execute("INSERT INTO relevo.nonce_old_2 VALUES ('f1')"));
            Ground.await(
                    Duration.ofSeconds(10),
                    "the second waits for the first",
                    () ->
                            look.exists(
                                    "SELECT FROM pg_stat_activity WHERE pid = ?"
                                            + " AND wait_event_type = 'Lock'",
                                    second.pid()));
            first.commit();
            arriving.get(10, TimeUnit.SECONDS);
            assertThat(look.text(STATUS)).isEqualTo("closed");
            second.commit();
            assertThat(look.text(STATUS)).isEqualTo("open");
        }
    }

    @Test
    void aMarkOfAnotherHandoverDoesNotCount() {
        try (Session worker = worker(database)) {
            worker.execute("INSERT INTO relevo.nonce_old VALUES ('f1')");
            worker.execute("INSERT INTO relevo.nonce_old_2 VALUES ('f2')");
            assertThat(worker.text(STATUS)).isEqualTo("closed");
            worker.execute("INSERT INTO relevo.nonce_old_2 VALUES ('f1')");
            assertThat(worker.text(STATUS)).isEqualTo("open");
        }
    }

    /** Fires the triggers that an apply worker fires. */
    private static Session worker(Endpoint database) {
        return database.open("apply", Map.of("session_replication_role", "replica"));
    }
}
