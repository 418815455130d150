package dev.relevo.cli.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.relevo.cli.Relevo;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.LabServer.StopMode;
import dev.relevo.lab.ServerSpec;
import dev.relevo.pg.ClientTools;
import dev.relevo.pg.Session;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Whatever cannot work is told in one line, a detail and a hint, before anything is changed. */
@TestInstance(Lifecycle.PER_CLASS)
final class BadInputTest {
    private static final String CONFIGURED = "postgres";

    private final Lab lab = Lab.start(ServerSpec.of(14).unsafe(), ServerSpec.empty(16).unsafe());
    private final LabServer old = lab.server(0);
    private final LabServer fresh = lab.server(1);
    private Servers servers;
    private Path home;

    @BeforeAll
    void open(@TempDir Path directory) throws IOException {
        home = directory;
        servers = new Servers(old, fresh, home);
        Servers.application(
                old,
                "CREATE TABLE orders (id bigserial PRIMARY KEY, what text); INSERT INTO orders (what)"
                        + " VALUES ('a'), ('b')");
    }

    @AfterAll
    void close() {
        lab.close();
    }

    /** One error, told as PostgreSQL tells one, and both servers as they were. */
    private Relevo.Result refused(int status, Supplier<Relevo.Result> command) {
        List<String> before = both();
        Relevo.Result result = command.get();
        assertThat(both()).containsExactlyElementsOf(before);
        return wellTold(status, result);
    }

    private static Relevo.Result wellTold(int status, Relevo.Result result) {
        assertThat(result.status()).as(result.all()).isEqualTo(status);
        assertThat(result.err().lines().filter(line -> line.startsWith("relevo: error: ")))
                .as(result.err())
                .hasSize(1);
        // A warning before it has a hint of its own.
        String error = result.err().substring(result.err().indexOf("relevo: error: "));
        assertThat(error.lines().filter(line -> line.startsWith("HINT: ")))
                .as(result.err())
                .hasSize(1);
        assertThat(result.all())
                .doesNotContain("Exception", "\tat ", "dev.relevo", "unforeseen", "null");
        assertThat(result.out()).isEmpty();
        return result;
    }

    private List<String> both() {
        List<String> lines = new ArrayList<>(Snapshot.all(old.superuser(Servers.DATABASE)));
        lines.add("-- new");
        lines.addAll(Snapshot.all(fresh.superuser("postgres")));
        return lines;
    }

    private Relevo.Result start(String oldServer, String newServer) {
        return servers.on(oldServer, newServer, "start");
    }

    private void refusesStart(int status, String... told) {
        assertThat(refused(status, () -> servers.relevo("start")).err()).contains(told);
    }

    private String o() {
        return Servers.keywords(old);
    }

    private String n() {
        return Servers.uri(fresh);
    }

    @Test
    void anUnreachableHost() throws IOException {
        int port;
        try (ServerSocket taken = new ServerSocket(0)) {
            port = taken.getLocalPort();
        }
        String nobody = "host=127.0.0.1 user=postgres dbname=pgbench port=" + port;
        assertThat(refused(4, () -> start(nobody, n())).err()).contains("127.0.0.1:" + port);
        assertThat(refused(4, () -> start(o(), nobody)).err()).contains("127.0.0.1:" + port);
        assertThat(refused(4, () -> servers.on(nobody, n(), "switch", "--yes")).err())
                .contains("127.0.0.1:" + port);
        String nowhere = "postgresql://postgres@nowhere.invalid/pgbench";
        assertThat(refused(4, () -> start(o(), nowhere)).err()).contains("nowhere.invalid");
    }

    @Test
    void aWrongPassword() {
        String wrong = o() + " password=false-one";
        Relevo.Result result = refused(4, () -> start(wrong, n()));
        assertThat(result.err()).contains("password").doesNotContain("false-one");
        Relevo bare = new Relevo(home, Map.of("PGPASSFILE", "/nonexistent"));
        assertThat(refused(4, () -> bare.run("start", "--old", o(), "--new", n())).err())
                .contains("password");
    }

    @Test
    void walLevelNotLogical() {
        with(
                old,
                "wal_level",
                "replica",
                () ->
                        refusesStart(
                                3,
                                "wal_level is replica on the old server, not logical",
                                "ALTER SYSTEM SET wal_level = 'logical'",
                                "restart"));
        with(
                fresh,
                "wal_level",
                "replica",
                () ->
                        refusesStart(
                                3,
                                "wal_level is replica on the new server, not logical",
                                "ALTER SYSTEM SET wal_level = 'logical'",
                                "restart"));
    }

    @Test
    void noRoomForSlotsSendersAndWorkers() {
        with(
                old,
                Map.of("max_replication_slots", "1", "max_wal_senders", "1"),
                () -> {
                    refusesStart(
                            3, "replication slots", "ALTER SYSTEM SET max_replication_slots = 3");
                    assertThat(servers.relevo("check").out())
                            .contains("ALTER SYSTEM SET max_wal_senders = 3");
                });
        with(
                fresh,
                Map.of("max_logical_replication_workers", "1", "max_replication_slots", "1"),
                () -> {
                    refusesStart(3, "max_replication_slots", "on the new server");
                    assertThat(servers.relevo("check").out())
                            .contains("ALTER SYSTEM SET max_logical_replication_workers = 3");
                });
    }

    @Test
    void theServersExchanged() {
        try (Session session = fresh.superuser("postgres").open("test")) {
            session.execute("CREATE DATABASE pgbench");
        }
        try {
            assertThat(refused(3, () -> start(n(), o())).err())
                    .contains(
                            "the new server is older than the old one", "Exchange --old and --new");
        } finally {
            try (Session session = fresh.superuser("postgres").open("test")) {
                session.execute("DROP DATABASE pgbench");
            }
        }
        // Without the database on the wrong side, that is what is missing.
        assertThat(refused(4, () -> start(n(), o())).err()).contains("pgbench");
    }

    @Test
    void theSameServerTwiceUnderAnyName() throws IOException {
        assertThat(refused(3, () -> start(o(), o())).err()).contains("the same server");
        String otherName =
                "host=localhost port=%d user=postgres dbname=pgbench hostaddr=127.0.0.1"
                        .formatted(old.port());
        Path passwords = servers.passwords();
        String given = Files.readString(passwords);
        Files.writeString(passwords, given + given.replace("127.0.0.1", "localhost"));
        try {
            assertThat(refused(3, () -> start(o(), otherName)).err()).contains("the same server");
            // Another database of it does not make it another server.
            assertThat(refused(3, () -> start(o(), o().replace("pgbench", "postgres"))).err())
                    .contains("the same server");
        } finally {
            Files.writeString(passwords, given);
        }
    }

    @Test
    void aDatabaseThatIsNotEmpty() {
        try (Session session = fresh.superuser("postgres").open("test")) {
            session.execute("CREATE DATABASE pgbench");
        }
        Servers.sql(fresh, "CREATE TABLE theirs (id int)");
        try {
            refusesStart(
                    3,
                    "database pgbench on the new server is not empty",
                    "theirs",
                    "DROP DATABASE");
        } finally {
            try (Session session = fresh.superuser("postgres").open("test")) {
                session.execute("DROP DATABASE pgbench");
            }
        }
    }

    @Test
    void programsOlderThanTheOldServer() throws IOException {
        assumeThat(ClientTools.find(17, 18)).isEmpty();
        try (Lab newer = Lab.start(ServerSpec.of(17).unsafe(), ServerSpec.empty(18).unsafe())) {
            Path there = Files.createDirectory(home.resolve("newer"));
            Servers pair = new Servers(newer.server(0), newer.server(1), there);
            List<String> before = Snapshot.all(newer.server(0).superuser(Servers.DATABASE));
            assertThat(wellTold(3, pair.relevo("start")).err())
                    .contains(
                            "is older than the old server", "apt-get install postgresql-client-18");
            assertThat(Snapshot.all(newer.server(0).superuser(Servers.DATABASE)))
                    .containsExactlyElementsOf(before);
        }
    }

    /** Hidden from this one process, which takes a mount namespace of its own. */
    @Test
    void noPgDump() throws Exception {
        List<String> hidden =
                List.of(
                        "unshare",
                        "--mount",
                        "sh",
                        "-c",
                        "mount -t tmpfs none /usr/lib/postgresql && PATH=/nonexistent exec \"$@\"",
                        "sh");
        assumeThat(run(hidden, "/bin/true").status()).isZero();
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        assertThat(
                        refused(
                                        3,
                                        () ->
                                                run(
                                                        hidden,
                                                        java,
                                                        "-cp",
                                                        System.getProperty("java.class.path"),
                                                        "dev.relevo.cli.Main",
                                                        "start",
                                                        "--old",
                                                        o(),
                                                        "--new",
                                                        n()))
                                .err())
                .contains(
                        "pg_dump and psql are not installed on this machine",
                        "apt-get install postgresql-client");
    }

    private Relevo.Result run(List<String> wrapper, String... command) {
        List<String> all = new ArrayList<>(wrapper);
        all.addAll(List.of(command));
        try {
            ProcessBuilder builder = new ProcessBuilder(all).directory(home.toFile());
            builder.environment().put("PGPASSFILE", servers.passwords().toString());
            builder.redirectError(home.resolve("stderr").toFile());
            Process process = builder.start();
            process.getOutputStream().close();
            String out = new String(process.getInputStream().readAllBytes(), UTF_8);
            return new Relevo.Result(
                    process.waitFor(), out, Files.readString(home.resolve("stderr")));
        } catch (IOException e) {
            return new Relevo.Result(127, "", e.toString());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aPreparedTransactionStopsTheHandover() {
        with(
                old,
                "max_prepared_transactions",
                "3",
                () -> {
                    servers.done("start");
                    try {
                        Servers.sql(
                                old,
                                "BEGIN; INSERT INTO orders (what) VALUES ('c'); PREPARE TRANSACTION"
                                        + " 'payroll'");
                        assertThat(refused(6, () -> servers.relevo("switch", "--yes")).err())
                                .contains(
                                        "a prepared transaction is open on the old server",
                                        "payroll",
                                        "COMMIT PREPARED");
                        Servers.sql(old, "ROLLBACK PREPARED 'payroll'");
                        servers.done("switch", "--yes");
                        servers.done("rollback", "--yes");
                    } finally {
                        servers.done("abort", "--yes");
                    }
                });
    }

    @Test
    void aTableWithoutAnythingToFindItsRowsBy() {
        Servers.application(old, "CREATE TABLE papers (body json)");
        try {
            refusesStart(
                    3,
                    "table public.papers cannot be given a replica identity",
                    "body json",
                    "ALTER TABLE \"public\".\"papers\" ADD PRIMARY KEY");
        } finally {
            Servers.application(old, "DROP TABLE papers");
        }
    }

    @Test
    void whatNobodyUnderstands() throws IOException {
        assertThat(refused(2, () -> start(o() + " colour=red", n())).err()).contains("colour");
        assertThat(refused(2, () -> start(o(), n() + "&colour=red")).err()).contains("colour");
        assertThat(refused(2, () -> start("host=127.0.0.1 port=x", n())).err()).contains("port");
        assertThat(refused(2, () -> servers.relevo("start", "--fast")).err()).contains("--fast");
        assertThat(refused(2, () -> servers.relevo("strat")).err()).contains("start");
        assertThat(refused(2, () -> servers.relevo("switch", "--drain-timeout", "soon")).err())
                .contains("soon");
        Path file = home.resolve("bad.yaml");
        Files.writeString(file, "old: \"" + o() + "\"\nnew: \"" + n() + "\"\njob: 3\n");
        assertThat(
                        refused(2, () -> servers.shell().run("start", "--config", file.toString()))
                                .err())
                .contains("job");
        assertThat(refused(2, () -> servers.shell().run("start")).err()).contains("--old");
        assertThat(refused(2, () -> servers.shell().run("start", "--config", "nowhere.yaml")).err())
                .contains("nowhere.yaml");
    }

    @Test
    void aDatabaseThatIsNotThere() {
        assertThat(refused(4, () -> start(o().replace("'pgbench'", "shop"), n())).err())
                .contains("shop");
    }

    @Test
    void aRoleThatIsNoSuperuser() throws IOException {
        Path passwords = servers.passwords();
        String given = Files.readString(passwords);
        Files.writeString(
                passwords,
                given
                        + "127.0.0.1:%d:*:pgbench:%s\n"
                                .formatted(old.port(), old.application().password().reveal()));
        try {
            assertThat(
                            refused(
                                            3,
                                            () ->
                                                    start(
                                                            o().replace(
                                                                            "user=postgres",
                                                                            "user=pgbench"),
                                                            n()))
                                    .err())
                    .contains("role \"pgbench\" is not a superuser on the old server", "SUPERUSER");
        } finally {
            Files.writeString(passwords, given);
        }
    }

    @Test
    void aSecondOperatorIsToldWhoIsAtWork() {
        try (Session first = old.superuser(Servers.DATABASE).open("start by bob@desk")) {
            first.execute("SELECT pg_catalog.pg_advisory_lock(735386, 2)");
            assertThat(refused(5, () -> servers.relevo("start")).err())
                    .contains("bob@desk", "since 20");
            for (String command : List.of("switch", "abort", "finish")) {
                assertThat(refused(5, () -> servers.relevo(command, "--yes")).err())
                        .contains("bob@desk", "since 20");
            }
        }
    }

    @Test
    void commandsOutOfOrderBeforeStart() {
        assertThat(refused(7, () -> servers.relevo("switch", "--yes")).err())
                .contains("relevo start");
        assertThat(refused(7, () -> servers.relevo("rollback", "--yes")).err())
                .contains("relevo start");
        assertThat(refused(7, () -> servers.relevo("finish", "--yes")).err())
                .contains("relevo switch");
    }

    @Test
    void commandsOutOfOrderAfterStart() {
        List<String> before = both();
        servers.done("start");
        try {
            assertThat(refused(7, () -> servers.relevo("rollback", "--yes")).err())
                    .contains("relevo switch");
            assertThat(refused(7, () -> servers.relevo("finish", "--yes")).err())
                    .contains("relevo switch");
            Servers.application(old, "ALTER TABLE orders ADD COLUMN colour text");
            assertThat(refused(7, () -> servers.relevo("switch", "--yes")).err())
                    .contains("orders", "colour", "relevo sync");
            Servers.application(
                    old,
                    "ALTER TABLE orders DROP COLUMN colour; CREATE TABLE later (id int PRIMARY KEY)");
            assertThat(refused(7, () -> servers.relevo("switch", "--yes")).err()).contains("later");
            Servers.application(old, "DROP TABLE later");
            servers.done("switch", "--yes");
            assertThat(refused(7, () -> servers.relevo("abort", "--yes")).err())
                    .contains("relevo rollback");
            assertThat(refused(7, () -> servers.relevo("start")).err()).contains("relevo rollback");
            servers.done("rollback", "--yes");
        } finally {
            servers.done("abort", "--yes");
        }
        assertThat(both()).containsExactlyElementsOf(before);
    }

    private void with(LabServer server, String name, String value, Runnable test) {
        with(server, Map.of(name, value), test);
    }

    /** As somebody configured the server, for the time of a test. */
    private static void with(LabServer server, Map<String, String> settings, Runnable test) {
        try {
            settings.forEach(
                    (name, value) -> alterSystem(server, "SET " + name + " = '" + value + "'"));
            restart(server);
            test.run();
        } finally {
            settings.keySet().forEach(name -> alterSystem(server, "RESET " + name));
            restart(server);
        }
    }

    private static void alterSystem(LabServer server, String what) {
        try (Session session = server.superuser(CONFIGURED).open("test")) {
            session.execute("ALTER SYSTEM " + what);
        }
    }

    private static void restart(LabServer server) {
        server.stop(StopMode.FAST);
        server.start();
    }
}
