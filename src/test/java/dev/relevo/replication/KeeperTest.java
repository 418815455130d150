package dev.relevo.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Server;
import dev.relevo.catalog.Side;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import dev.relevo.ledger.Identity;
import dev.relevo.ledger.Ledger;
import dev.relevo.ledger.ServerId;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Secret;
import dev.relevo.pg.Session;
import dev.relevo.problem.ProblemException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A snapshot stays in the server when its client does not. */
class KeeperTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    @ParameterizedTest
    @ValueSource(ints = {11, 14, 18})
    void snapshotOutlivesTheProcessThatTookIt(int major) throws Exception {
        try (Lab lab = Lab.start(ServerSpec.of(major).unsafe())) {
            Endpoint database = lab.server(0).superuser(LabServer.APPLICATION);
            run(database, "CREATE TABLE public.t AS SELECT 1 AS n");
            String snapshot = snapshotOfAKilledProcess(database);
            run(database, "INSERT INTO public.t VALUES (2)");
            try (Session other = database.open("test")) {
                assertThat(other.text("SELECT count(*) FROM public.t")).isEqualTo("2");
                other.execute("BEGIN ISOLATION LEVEL REPEATABLE READ");
                other.execute("SET TRANSACTION SNAPSHOT '" + snapshot + "'");
                assertThat(other.text("SELECT count(*) FROM public.t")).isEqualTo("1");
                other.rollback();
                Keeper.endAll(other);
                assertThat(keepers(database)).isZero();
            }
        }
    }

    @Test
    void leavesByItselfWhenNobodyOfRelevosIsThere() {
        try (Lab lab = Lab.start(ServerSpec.of(14).unsafe())) {
            Endpoint database = lab.server(0).superuser(LabServer.APPLICATION);
            try (Session session = database.open("test")) {
                session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ");
                Keeper keeper =
                        Keeper.start(
                                database,
                                session.text("SELECT pg_catalog.pg_export_snapshot()"),
                                Duration.ofMillis(400));
                assertThat(keeper.isAlive(session)).isTrue();
                assertThat(keepers(database)).isEqualTo(1);
            }
            // A look from another database is no session of Relevo's in this one.
            Awaitility.await().atMost(SOON).until(() -> keepers(database) == 0);
        }
    }

    @Test
    void slotThatWaitsTooLongNamesTheWriterAndLeavesNothing() {
        try (Lab lab = Lab.start(ServerSpec.of(14).unsafe())) {
            Endpoint database = lab.server(0).superuser(LabServer.APPLICATION);
            try (Session session = database.open("test")) {
                ServerId here = Ledger.look(session).here();
                Ledger.mark(session, Side.OLD, Identity.of(here, here), here.name());
                Ledger.makeTables(session);
            }
            Node node = new Node(Server.old(database), database, "0123abcd");
            Snapshot step = new Snapshot(node, node, 1, _ -> false, Duration.ofMillis(500));
            try (Session writer = database.open("test")) {
                writer.begin();
                writer.execute("CREATE TABLE public.open ()");
                assertThatThrownBy(() -> step.apply((_, _, _) -> {}))
                        .isInstanceOfSatisfying(
                                ProblemException.class,
                                e -> {
                                    assertThat(e.problem().code()).isEqualTo("slot-waits");
                                    assertThat(e.problem().detail())
                                            .contains("pid " + writer.pid());
                                });
                assertThat(slots(database)).isZero();
                assertThat(keepers(database)).isZero();
                writer.rollback();
            }
            step.apply((_, _, _) -> {});
            assertThat(slots(database)).isEqualTo(1);
            assertThat(keepers(database)).isEqualTo(1);
            assertThat(Snapshot.held(node)).isPresent();
            Snapshot.release(node);
            assertThat(Snapshot.held(node)).isEmpty();
            if (step.reversal()
                    instanceof dev.relevo.plan.Reversal.Undo(List<?> _, Runnable action)) {
                action.run();
            }
            assertThat(slots(database)).isZero();
        }
    }

    private static long keepers(Endpoint database) {
        try (Session session = database.withDatabase("postgres").open("test")) {
            return Long.parseLong(
                    session.text(
                            "SELECT count(*) FROM pg_stat_activity WHERE application_name = ?",
                            Keeper.NAME));
        }
    }

    private static long slots(Endpoint database) {
        try (Session session = database.withDatabase("postgres").open("test")) {
            return Long.parseLong(session.text("SELECT count(*) FROM pg_replication_slots"));
        }
    }

    private static void run(Endpoint endpoint, String sql) {
        try (Session session = endpoint.open("test")) {
            session.execute(sql);
        }
    }

    private static String snapshotOfAKilledProcess(Endpoint database)
            throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        KeeperTest.class.getName());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        Process process = builder.redirectErrorStream(true).start();
        try (var output = process.getOutputStream();
                BufferedReader input =
                        new BufferedReader(
                                new InputStreamReader(
                                        process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = database.port() + " " + database.password().reveal() + "\n";
            output.write(line.getBytes(StandardCharsets.UTF_8));
            output.flush();
            String snapshot = input.readLine();
            process.destroyForcibly();
            assertThat(process.waitFor()).isEqualTo(137);
            return snapshot;
        } finally {
            process.destroyForcibly();
        }
    }

    /** The process that is killed: takes a snapshot, tells it, and waits. */
    public static void main(String[] arguments) throws IOException {
        BufferedReader input =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String[] given = String.valueOf(input.readLine()).split(" ", -1);
        Endpoint database =
                new Endpoint(
                        "127.0.0.1",
                        Integer.parseInt(given[0]),
                        LabServer.APPLICATION,
                        LabServer.SUPERUSER,
                        Secret.of(given[1]),
                        Map.of());
        try (Session session = database.open("taker")) {
            session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ");
            String exported = session.text("SELECT pg_catalog.pg_export_snapshot()");
            Keeper keeper = Keeper.start(database, exported, Keeper.PATIENCE);
            System.out.println(keeper.snapshot());
            input.readLine();
        }
    }
}
