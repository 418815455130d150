package dev.relevo.copy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What workers are to each other, on the server that they share. */
class WorkersTest {
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
                Workers.helpIndex(one, 4);
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
                Workers.helpIndex(one, 4);
                assertThat(processes(one)).isEqualTo("2");
                Workers.helpIndex(one, 1);
                assertThat(processes(one)).as("all are busy").isEqualTo("1");
                one.commit();
                look.rollback();
                waits.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
        }
    }

    private static String processes(Session session) {
        return session.text("SHOW max_parallel_maintenance_workers");
    }
}
