package dev.relevo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relevo.cli.Relevo;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.Load;
import dev.relevo.lab.LoadKind;
import dev.relevo.lab.LoadReport;
import dev.relevo.lab.LoadSettings;
import dev.relevo.lab.ServerSpec;
import dev.relevo.lab.Tally;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** An upgrade by the commands, one after the other, on two servers that Relevo did not make. */
@TestInstance(Lifecycle.PER_CLASS)
final class StepByStepTest {
    private static final String CLOSED_TO_WRITES =
            "setting default_transaction_read_only=on of role - in database pgbench";

    private final Lab lab = Lab.start(ServerSpec.of(14).unsafe(), ServerSpec.empty(16).unsafe());
    private final LabServer old = lab.server(0);
    private final LabServer fresh = lab.server(1);
    private Servers servers;
    private Path home;

    @BeforeAll
    void open(@TempDir Path directory) throws IOException {
        home = directory;
        servers = new Servers(old, fresh, home);
    }

    @AfterAll
    void close() {
        lab.close();
    }

    /** What tells the old server that the upgrade is finished, and the journal. */
    private static final String KEPT_BY_FINISH =
            "\\w+ .*relevo\\.(journal|upgrade).*|schema relevo .*";

    @BeforeEach
    void fill() {
        servers.empty();
        servers.fill(lab);
    }

    @Test
    void clientsThatListTheOldServerFirstNoticeNothing() {
        List<String> before = Snapshot.all(old.superuser(Servers.DATABASE));
        List<String> database = Snapshot.database(old.superuser(Servers.DATABASE));
        Load load = clients(old, fresh);
        assertThat(servers.done("check").at("/errors").asInt()).isZero();
        assertThat(servers.done("plan").at("/steps").size()).isGreaterThan(10);
        assertThat(servers.done("status").at("/phase").asString()).isEqualTo("not-started");
        assertThat(servers.done("start").at("/steps").size()).isGreaterThan(10);
        wholeCourse(load);

        assertThat(
                        Snapshot.all(old.superuser(Servers.DATABASE)).stream()
                                .filter(line -> !line.matches(KEPT_BY_FINISH)))
                .containsExactlyInAnyOrderElementsOf(with(before, CLOSED_TO_WRITES));
        assertThat(comparable(Snapshot.database(fresh.superuser(Servers.DATABASE))))
                .containsExactlyElementsOf(comparable(database));
        assertThat(Snapshot.server(fresh.superuser(Servers.DATABASE)))
                .noneMatch(line -> line.matches("(slot|origin|subscription|advisory|file) .*"))
                .noneMatch(line -> line.contains("relevo"))
                .doesNotContain(CLOSED_TO_WRITES);
    }

    @Test
    void clientsThatListTheNewServerFirstMayBeginOnceStartHasClosedIt() {
        servers.done("start");
        wholeCourse(clients(fresh, old));
    }

    @Test
    void abortLeavesBothServersAsTheyWere() throws Exception {
        List<String> onOld = Snapshot.all(old.superuser(Servers.DATABASE));
        List<String> onNew = Snapshot.all(fresh.superuser("postgres"));
        String schema = servers.schema();
        servers.done("start");
        assertThat(servers.done("status").at("/phase").asString()).isEqualTo("following");
        servers.done("abort", "--yes");
        assertThat(servers.schema()).isEqualTo(schema);
        assertThat(Snapshot.all(old.superuser(Servers.DATABASE))).containsExactlyElementsOf(onOld);
        assertThat(Snapshot.all(fresh.superuser("postgres"))).containsExactlyElementsOf(onNew);
        assertThat(servers.done("status").at("/phase").asString()).isEqualTo("not-started");
    }

    /** As it must be where clients name the new server first. */
    @Test
    void abortLeavesTheNewDatabaseReadOnlyWhenItWasBefore() {
        try (Session session = fresh.superuser("postgres").open("test")) {
            session.execute("CREATE DATABASE pgbench");
            session.execute("ALTER DATABASE pgbench SET default_transaction_read_only = on");
        }
        List<String> onNew = Snapshot.all(fresh.superuser(Servers.DATABASE));
        assertThat(onNew).contains(CLOSED_TO_WRITES);
        servers.done("start");
        servers.done("switch", "--yes");
        servers.done("rollback", "--yes");
        servers.done("abort", "--yes");
        assertThat(Snapshot.all(fresh.superuser(Servers.DATABASE)))
                .containsExactlyInAnyOrderElementsOf(onNew);
    }

    @Test
    void upgradeDoesAllOfItWithTheFileThatInitWrites() throws IOException {
        Load load = clients(old, fresh);
        try (load) {
            assertThat(servers.shell().run("init").status()).isZero();
            String file = Files.readString(home.resolve("relevo.yaml"));
            Files.writeString(
                    home.resolve("relevo.yaml"),
                    file.replaceFirst("(?m)^old: .*", "old: \"" + Servers.keywords(old) + "\"")
                            .replaceFirst("(?m)^new: .*", "new: \"" + Servers.uri(fresh) + "\""));
            progress(load);
            Relevo.Result result = servers.shell().run("upgrade", "--yes", "--json");
            assertThat(result.status()).as(result.all()).isZero();
            JsonNode document = Servers.json(result);
            assertThat(document.at("/check/errors").asInt()).isZero();
            assertThat(document.at("/start/steps").size()).isGreaterThan(10);
            assertThat(document.at("/switch/to").asString()).isEqualTo("new");
            progress(load);
            LoadReport report = load.stop();
            assertThat(report.complaints()).isEmpty();
            Tally tally = Tally.of(fresh.superuser(Servers.DATABASE), report.acknowledged());
            assertThat(tally.clean()).as(tally.toString()).isTrue();
            assertThat(servers.shell().run("finish", "--yes").status()).isZero();
        } finally {
            Files.deleteIfExists(home.resolve("relevo.yaml"));
        }
    }

    private Load clients(LabServer first, LabServer second) {
        return Load.start(
                LoadKind.JDBC,
                lab,
                LoadSettings.of(List.of(first.application(), second.application()))
                        .with(6, 2)
                        .thinking(Duration.ofMillis(10)));
    }

    /** From started to finished, with clients at work all the time. */
    private void wholeCourse(Load load) {
        try (load) {
            progress(load);
            JsonNode status = servers.done("status");
            assertThat(status.at("/phase").asString()).isEqualTo("following");
            assertThat(status.at("/serving").asString()).isEqualTo("old");
            assertThat(servers.done("switch", "--yes").at("/to").asString()).isEqualTo("new");
            progress(load);
            assertThat(servers.done("status").at("/phase").asString()).isEqualTo("switched");
            sequencesGoOn(fresh, 500);
            assertThat(servers.done("rollback", "--yes").at("/to").asString()).isEqualTo("old");
            progress(load);
            assertThat(servers.done("status").at("/serving").asString()).isEqualTo("old");
            sequencesGoOn(old, 501);
            servers.done("switch", "--yes");
            progress(load);
            sequencesGoOn(fresh, 502);
            LoadReport report = load.stop();
            assertThat(report.complaints()).isEmpty();
            assertThat(report.counters().failed()).isZero();
            assertThat(report.counters().unknown()).isZero();
            await().until(() ->
                    servers.done("status").at("/replication/lagBytes").asLong() < 100_000);
            servers.done("finish", "--yes");
            assertThat(servers.done("status").at("/phase").asString()).isEqualTo("finished");
            Tally tally = Tally.of(fresh.superuser(Servers.DATABASE), report.acknowledged());
            assertThat(tally.lost()).isZero();
            assertThat(tally.duplicated()).isZero();
            assertThat(tally.unknownCommitted()).isZero();
            assertThat(tally.balance().holds()).isTrue();
        }
        assertThat(setting(fresh.application())).isEqualTo("off");
        assertThat(setting(old.application())).isEqualTo("on");
        Servers.application(fresh, "INSERT INTO app.no_key VALUES ('after finish')");
    }

    private static String setting(Endpoint application) {
        String url =
                "jdbc:postgresql://%s:%d/%s"
                        .formatted(application.host(), application.port(), application.database());
        try (var connection =
                        java.sql.DriverManager.getConnection(
                                url, application.user(), application.password().reveal());
                var statement = connection.createStatement();
                var result = statement.executeQuery("SHOW transaction_read_only")) {
            result.next();
            return result.getString(1);
        } catch (java.sql.SQLException e) {
            throw new AssertionError(e);
        }
    }

    /** Some more transactions of every client's. */
    private static void progress(Load load) {
        long now = load.counters().committed();
        await().until(() -> load.counters().committed() > now + 60);
    }

    private static void sequencesGoOn(LabServer server, int free) {
        Servers.application(
                server,
                """
                INSERT INTO app.serials (note) VALUES ('later');
                INSERT INTO app.identities (mood, n) VALUES ('sad', 1);
                UPDATE app.no_key SET line = line || '!' WHERE line LIKE 'two%';
                UPDATE app.unique_only SET v = v + 1;
                UPDATE app.parts SET region = 'south' WHERE id = 2;
                DELETE FROM app.parent WHERE id = 2;
                INSERT INTO app.child VALUES (2, 'c', 'y')
                """);
        try (Session session = server.superuser(Servers.DATABASE).open("test")) {
            assertThat(session.text("SELECT nextval('app.free')"))
                    .isEqualTo(Integer.toString(free));
        }
    }

    private static List<String> with(List<String> lines, String more) {
        List<String> all = new ArrayList<>(lines);
        all.add(more);
        return all;
    }

    /** Without what two versions write differently. */
    private static List<String> comparable(List<String> lines) {
        return lines.stream().filter(line -> !line.startsWith("schema public ")).toList();
    }
}
