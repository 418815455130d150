package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.check.Finding;
import dev.relevo.lab.LabServer;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A standby receives the log of the old server, and every commit there waits for one of any name.
 */
class StandbyTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String NAME = "dc-2 \"b\"";

    @Test
    void namesTheStandbyInPlaceOfEverybodyAndNeverCountsASubscription() throws IOException {
        try (Ground ground = Ground.prepared(14, 16)) {
            Process standby = standby(ground);
            try {
                Ground.await(PATIENCE, "the standby", () -> !states(ground).isEmpty());
                set(ground, "ANY 1 (*)");
                Ground.await(PATIENCE, "quorum", () -> states(ground).equals(NAME + " quorum"));
                Finding finding = error(ground);
                assertThat(finding.id()).isEqualTo("synchronous-standbys");
                assertThat(finding.hint())
                        .contains(
                                "ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (\"dc-2 \"\"b\"\"\")'");
                set(ground, "ANY 1 (\"dc-2 \"\"b\"\"\")");
                Ground.await(PATIENCE, "no finding", () -> errors(ground).isEmpty());
                ground.upgrade.start(_ -> {});
                ground.upgrade.awaitFollowing();
                assertThat(states(ground))
                        .isEqualTo(NAME + " quorum,relevo_" + ground.tag() + "_new async");
                ground.handOver(Side.OLD);
                ground.handOver(Side.NEW);
                ground.requireTidy(Side.OLD);
                assertThat(states(ground)).contains(NAME + " quorum");
            } finally {
                standby.destroyForcibly();
            }
            Ground.await(PATIENCE, "a finding", () -> !errors(ground).isEmpty());
            assertThat(error(ground).hint()).startsWith("Start the standby, or run ");
            set(ground, "");
        }
    }

    /** Who receives the log of the old server, and as what he counts. */
    private static String states(Ground ground) {
        return ground.shared(
                Side.OLD,
                "SELECT coalesce(string_agg(application_name || ' ' || sync_state, ','"
                        + " ORDER BY application_name), '') FROM pg_stat_replication"
                        + " WHERE state = 'streaming'");
    }

    private static List<Finding> errors(Ground ground) {
        return ground.upgrade.check().stream()
                .filter(finding -> finding.severity() == Finding.Severity.ERROR)
                .toList();
    }

    private static Finding error(Ground ground) {
        assertThat(errors(ground)).hasSize(1);
        return errors(ground).getFirst();
    }

    private static void set(Ground ground, String names) {
        try (Session session =
                ground.server(Side.OLD).superuser(LabServer.SUPERUSER).open("test")) {
            session.set("synchronous_commit", "local");
            session.execute("ALTER SYSTEM SET synchronous_standby_names = '" + names + "'");
            session.text("SELECT pg_reload_conf()");
        }
    }

    /** Confirms what is on its disk, as a standby does. */
    private static Process standby(Ground ground) throws IOException {
        Endpoint server = ground.server(Side.OLD).superuser("postgres");
        Path directory = Files.createDirectory(ground.lab.directory().resolve("standby"));
        ProcessBuilder builder =
                new ProcessBuilder(
                                "pg_receivewal",
                                "--synchronous",
                                "--no-password",
                                "-D",
                                directory.toString(),
                                "-d",
                                "host=127.0.0.1 port=%d user=%s application_name='%s'"
                                        .formatted(server.port(), server.user(), NAME))
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolveSibling("standby.log").toFile());
        builder.environment().put("PGPASSWORD", server.password().reveal());
        return builder.start();
    }
}
