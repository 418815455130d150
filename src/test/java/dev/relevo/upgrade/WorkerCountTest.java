package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.handover.Limits;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Secret;
import dev.relevo.pg.Session;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** As many workers as the servers have processors and connections for. */
class WorkerCountTest {
    private static final int HERE = Runtime.getRuntime().availableProcessors();

    @Test
    void takesProcessorsOfThisMachineElseAHintAndHalfOfTheFreeConnections() {
        try (Lab lab =
                Lab.start(
                        ServerSpec.of(11).unsafe(),
                        ServerSpec.of(16)
                                .unsafe()
                                .with("max_parallel_workers", "5")
                                .with("max_connections", "20")
                                .with("superuser_reserved_connections", "2")
                                .with("reserved_connections", "4"))) {
            Endpoint old = lab.server(0).superuser(LabServer.APPLICATION);
            Endpoint fresh = lab.server(1).superuser(LabServer.APPLICATION);
            assertThat(WorkerCount.ofStart(settings(old, fresh, Settings.AUTOMATIC)))
                    .isEqualTo(Math.min(HERE, 6));
            assertThat(WorkerCount.ofHelper(settings(old, fresh, Settings.AUTOMATIC)))
                    .isEqualTo(Math.min(HERE, 6));
            assertThat(WorkerCount.ofStart(settings(old, fresh, 33))).isEqualTo(33);
            try (Session onOld = old.open("test");
                    Session onNew = fresh.open("test")) {
                assertThat(WorkerCount.look(onOld, false).processors())
                        .isEqualTo(WorkerCount.UNKNOWN);
                assertThat(WorkerCount.look(onOld, true).processors()).isEqualTo(HERE);
                assertThat(WorkerCount.look(onNew, false))
                        .isEqualTo(new WorkerCount.Look(5, 20 - 2 - 4 - 1));
            }
        }
    }

    @Test
    void isNeverLessThanOneNorTooMany() {
        assertThat(new WorkerCount.Look(4, -3).most()).isEqualTo(1);
        assertThat(new WorkerCount.Look(0, 100).most()).isEqualTo(1);
        assertThat(new WorkerCount.Look(8, 7).most()).isEqualTo(3);
        assertThat(new WorkerCount.Look(96, 500).most()).isEqualTo(WorkerCount.MOST);
    }

    @Test
    void knowsThisMachine() {
        assertThat(WorkerCount.isHere(at("/var/run/postgresql"))).isTrue();
        assertThat(WorkerCount.isHere(at("127.0.0.1"))).isTrue();
        assertThat(WorkerCount.isHere(at("192.0.2.1"))).isFalse();
        assertThat(WorkerCount.isHere(at("no-such-host.invalid"))).isFalse();
    }

    private static Endpoint at(String host) {
        return new Endpoint(host, 5432, "shop", "me", Secret.NONE, Map.of());
    }

    private static Settings settings(Endpoint old, Endpoint fresh, int jobs) {
        return new Settings(
                old, fresh, Optional.empty(), Optional.empty(), Limits.DEFAULT, jobs, 1);
    }
}
