package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.lab.LabServer;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Secret;
import dev.relevo.problem.ExitStatus;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** What status says of an upgrade that is as it should be, and of one that is not. */
@TestInstance(Lifecycle.PER_CLASS)
class StatusTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Ground ground = Ground.prepared(14, 18);

    @BeforeAll
    void start() {
        ground.upgrade.start(_ -> {});
    }

    @AfterAll
    void close() {
        ground.close();
    }

    @Test
    void neverTakesAServerThatCannotBeReachedForAnInterruptedHandover() {
        for (Side side : Side.values()) {
            Endpoint right = ground.superuser(side);
            Map<String, Endpoint> wrong = new HashMap<>();
            wrong.put("not-listening", at(right, 1));
            wrong.put("wrong-password", right.withUser(right.user(), Secret.of("wrong")));
            wrong.put(
                    "no-ssl",
                    new Endpoint(
                            right.host(),
                            right.port(),
                            right.database(),
                            right.user(),
                            right.password(),
                            Map.of("sslmode", "verify-full")));
            wrong.forEach((cause, endpoint) -> isUnknown(side, cause, status(side, endpoint)));
        }
    }

    private void isUnknown(Side side, String cause, Status status) {
        assertThat(status.phase()).as(cause).isEqualTo(Status.Phase.UNKNOWN);
        assertThat(status.next()).doesNotContain("switch").contains(side + " server");
        Status.Side silent = side == Side.OLD ? status.oldServer() : status.newServer();
        Status.Side other = side == Side.OLD ? status.newServer() : status.oldServer();
        assertThat(silent.trouble())
                .hasValueSatisfying(problem -> {
                    assertThat(problem.status()).isEqualTo(ExitStatus.CONNECTION);
                    assertThat(problem.message()).isNotBlank();
                });
        assertThat(other.trouble()).isEmpty();
        assertThat(other.state()).isEqualTo(side == Side.OLD ? "closed" : "open");
        assertThat(other.version()).isNotEmpty();
        assertThat(status.serving()).isEqualTo(side == Side.OLD ? "unknown" : "old");
    }

    @Test
    void isUnknownWhileAServerIsDownAndKnownWhenItIsBack() {
        for (Side side : Side.values()) {
            ground.server(side).stop(LabServer.StopMode.FAST);
            isUnknown(side, "stopped", ground.upgrade.status());
            ground.server(side).start();
            Ground.await(PATIENCE, "following again", this::follows);
        }
    }

    private boolean follows() {
        Status status = ground.upgrade.status();
        return status.phase() == Status.Phase.FOLLOWING
                && status.replication().orElseThrow().workerRunning();
    }

    private static Endpoint at(Endpoint endpoint, int port) {
        return new Endpoint(
                endpoint.host(),
                port,
                endpoint.database(),
                endpoint.user(),
                endpoint.password(),
                endpoint.parameters());
    }

    /** What status says when one side is given as something else. */
    private Status status(Side side, Endpoint endpoint) {
        Settings settings =
                new Settings(
                        side == Side.OLD ? endpoint : ground.superuser(Side.OLD),
                        side == Side.NEW ? endpoint : ground.superuser(Side.NEW),
                        Optional.empty(),
                        Optional.empty(),
                        ground.settings.handover(),
                        1,
                        Settings.AUTOMATIC);
        try (Upgrade upgrade = new Upgrade(settings, "test")) {
            return upgrade.status();
        }
    }
}
