package dev.relevo.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.pg.Secret;
import dev.relevo.pg.Session;
import dev.relevo.problem.ProblemException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class LabTest {
    @Test
    void startsOldestAndNewestAndLeavesNothingBehind() {
        Path directory;
        List<Long> pids;
        try (Lab lab = Lab.start(ServerSpec.of(11).unsafe(), ServerSpec.empty(18).unsafe())) {
            directory = lab.directory();
            pids = lab.servers().stream().map(LabServer::pid).toList();
            assertThat(lab.servers())
                    .extracting(server -> server.version().major())
                    .containsExactly(11, 18);
            assertThat(lab.servers())
                    .extracting(LabServer::port)
                    .allSatisfy(port -> assertThat(port).isBetween(20_000, 32_767));
            try (Session session = lab.server(0).application().open("test")) {
                assertThat(session.text("SHOW wal_level")).isEqualTo("logical");
                assertThat(session.text("SHOW max_connections")).isEqualTo("200");
                assertThat(session.text("SELECT current_user")).isEqualTo("pgbench");
            }
            assertThatThrownBy(() ->
                            lab.server(1)
                                    .superuser("postgres")
                                    .withUser("postgres", Secret.of("guess"))
                                    .open("test"))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> assertThat(e.problem().code()).isEqualTo("wrong-password"));
            assertThatThrownBy(() -> lab.server(1).application().open("test"))
                    .isInstanceOf(ProblemException.class);
            assertThat(lab.server(0).log() + lab.server(1).log())
                    .contains("password authentication failed")
                    .doesNotContain(lab.server(0).application().password().reveal())
                    .doesNotContain(lab.server(1).superuser("postgres").password().reveal());
        }
        assertThat(directory).doesNotExist();
        // Whatever stands in for init on this machine may take a moment to reap them.
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .until(() -> pids.stream().noneMatch(LabTest::alive));
    }

    @Test
    void comesBackAfterACrashAndClosesWithAFrozenBackend() {
        try (Lab lab = Lab.start(ServerSpec.of(16).unsafe().notLogical().with("work_mem", "5MB"))) {
            LabServer server = lab.server(0);
            int port = server.port();
            server.crash();
            assertThatThrownBy(() -> server.application().open("test"))
                    .isInstanceOf(ProblemException.class);
            server.start();
            assertThat(server.port()).isEqualTo(port);
            try (Session session = server.application().open("test")) {
                assertThat(session.text("SHOW wal_level")).isEqualTo("replica");
                assertThat(session.text("SHOW work_mem")).isEqualTo("5MB");
                server.freeze(session.pid());
            }
        }
    }

    @Test
    void leavesNothingBehindWhenItsProcessIsKilled() throws IOException {
        Process child =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElse("java"),
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                LabTest.class.getName())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        Path directory;
        long pid;
        long load;
        try (BufferedReader out = child.inputReader()) {
            directory = Path.of(String.valueOf(out.readLine()));
            pid = Long.parseLong(String.valueOf(out.readLine()));
            load = Long.parseLong(String.valueOf(out.readLine()));
            assertThat(directory).isDirectory();
            assertThat(alive(pid)).isTrue();
            assertThat(alive(load)).isTrue();
        } finally {
            child.destroyForcibly();
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> !Files.exists(directory) && !alive(pid) && !alive(load));
    }

    /** The child: starts a server, puts a load on it, says where, and waits. */
    public static void main(String[] arguments) throws IOException {
        Lab lab = Lab.start(ServerSpec.of(14).unsafe());
        LoadSettings settings = LoadSettings.of(List.of(lab.server(0).application()));
        PgbenchTables.create(lab, lab.server(0).application(), 1);
        PgbenchLoad load = PgbenchLoad.start(lab, settings);
        System.out.println(lab.directory());
        System.out.println(lab.server(0).pid());
        System.out.println(load.pid());
        int end = System.in.read();
        throw new IllegalStateException("not killed: " + end);
    }

    private static boolean alive(long pid) {
        return ProcessHandle.of(pid).isPresent();
    }
}
