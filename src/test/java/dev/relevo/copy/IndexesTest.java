package dev.relevo.copy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How indexes are built beside all that goes on on the new server. */
class IndexesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @ParameterizedTest
    @ValueSource(ints = {12, 18})
    void anIndexIsBuiltWithTheHelpOfIdleWorkersOnly(int major) throws Exception {
        try (Lab lab = Lab.start(ServerSpec.of(major).unsafe());
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Endpoint server = lab.server(0).superuser(LabServer.APPLICATION);
            try (Session one = server.open(Worker.PURPOSE);
                    Session other = server.open(Worker.PURPOSE + " elsewhere");
                    Session look = server.open("test")) {
                String usual = processes(one);
                look.execute("CREATE TABLE public.locked ()");
                one.begin();
                Indexes.help(one, 4, 0, true);
                assertThat(processes(one)).isEqualTo("3");
                one.commit();
                assertThat(processes(one)).as("for one transaction").isEqualTo(usual);

                look.execute("BEGIN; LOCK TABLE public.locked");
                Future<?> waits = executor.submit(() -> other.execute("SELECT FROM public.locked"));
                Awaitility.await()
                        .atMost(PATIENCE)
                        .until(() ->
                                look.exists(
                                        "SELECT FROM pg_locks WHERE NOT granted AND pid = ?",
                                        other.pid()));
                one.begin();
                Indexes.help(one, 4, 0, true);
                assertThat(processes(one)).isEqualTo("2");
                Indexes.help(one, 1, 0, true);
                assertThat(processes(one)).as("all are busy").isEqualTo("1");
                one.commit();
                look.rollback();
                waits.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
        }
    }

    /** Or an apply worker that is started again finds no background worker left. */
    @Test
    void helpersLeaveRoomForApplyWorkers() {
        try (Lab lab =
                Lab.start(
                        ServerSpec.of(16)
                                .unsafe()
                                .with("max_worker_processes", "12")
                                .with("max_logical_replication_workers", "9"))) {
            Endpoint server = lab.server(0).superuser(LabServer.APPLICATION);
            try (Session session = server.open(Worker.PURPOSE)) {
                Indexes.prepare(session);
                assertThat(session.text("SHOW max_parallel_workers")).isEqualTo("2");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {12, 18})
    void anIndexHasTheMemoryThatItIsOfUseTo(int major) {
        try (Lab lab =
                Lab.start(ServerSpec.of(major).unsafe().with("effective_cache_size", "8GB"))) {
            try (Session session =
                    lab.server(0).superuser(LabServer.APPLICATION).open(Worker.PURPOSE)) {
                session.begin();
                assertThat(memory(session, 2, 1L << 30, true)).as("as set").isEqualTo("64MB");
                assertThat(memory(session, 4, 1L << 30, true)).as("4 processes").isEqualTo("128MB");
                assertThat(memory(session, 2, 1L << 40, true)).as("one pass").isEqualTo("724MB");
                assertThat(memory(session, 8, 1L << 50, true)).as("eighth").isEqualTo("1GB");
                assertThat(memory(session, 2, 1L << 30, false)).as("all").isEqualTo("1GB");
                session.set("maintenance_work_mem", "2GB");
                assertThat(memory(session, 2, 1L << 30, true))
                        .as("not the session")
                        .isEqualTo("64MB");
                session.rollback();
            }
        }
    }

    @Test
    void sortsWhatIsABtree() {
        assertThat(Indexes.sorts(List.of("CREATE INDEX i ON a.t USING btree (b)"))).isTrue();
        assertThat(Indexes.sorts(List.of("ALTER TABLE ONLY a.t ADD CONSTRAINT k PRIMARY KEY (b)")))
                .isTrue();
        assertThat(Indexes.sorts(List.of("", "CREATE INDEX i ON a.t USING gin (b)"))).isFalse();
    }

    private static String memory(Session session, int jobs, long bytes, boolean sorts) {
        Indexes.help(session, jobs, bytes, sorts);
        long kilobytes =
                Long.parseLong(
                        session.text(
                                "SELECT setting FROM pg_settings WHERE name ="
                                        + " 'maintenance_work_mem'"));
        return kilobytes >> 20 > 0 ? (kilobytes >> 20) + "GB" : (kilobytes >> 10) + "MB";
    }

    private static String processes(Session session) {
        return session.text("SHOW max_parallel_maintenance_workers");
    }
}
