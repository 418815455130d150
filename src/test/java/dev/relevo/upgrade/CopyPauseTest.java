package dev.relevo.upgrade;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.cli.Main;
import dev.relevo.cli.Signals;
import dev.relevo.copy.Standing;
import dev.relevo.pg.Secret;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl-C is how a copy pauses, and the same command how it goes on. */
class CopyPauseTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String SNAPSHOT =
            "SELECT value::text FROM relevo.fact WHERE kind = 'snapshot'";

    @TempDir private Path directory;

    @Test
    void goesOnInTheSameSnapshotAfterCtrlC() throws Exception {
        try (Ground ground = Ground.prepared(14, 16)) {
            String snapshot;
            long done;
            try (Held held = Held.small(ground)) {
                assertThat(held).isNotNull();
                Process start = start(ground);
                try {
                    Ground.await(
                            PATIENCE,
                            "an index under way",
                            () ->
                                    !start.isAlive()
                                            || ground.upgrade
                                                    .status()
                                                    .copy()
                                                    .filter(c -> c.standing().rowsDone() > 100_000)
                                                    .filter(c -> !c.standing().building().isEmpty())
                                                    .isPresent());
                    Standing at = ground.upgrade.status().copy().orElseThrow().standing();
                    assertThat(at.bytesDone()).isPositive().isLessThan(at.bytes());
                    assertThat(at.left()).isPresent();
                    snapshot = ground.text(Side.OLD, SNAPSHOT);
                    done = done(ground);
                    Signals.send("INT", start);
                    assertThat(start.waitFor(10, TimeUnit.SECONDS)).isTrue();
                    assertThat(start.exitValue()).isEqualTo(130);
                    assertThat(new String(start.getErrorStream().readAllBytes(), UTF_8))
                            .contains("relevo: interrupted: nothing is lost");
                } finally {
                    start.destroyForcibly();
                }
                ground.awaitNobodyAtWork();
                Status.Copy copy = ground.upgrade.status().copy().orElseThrow();
                assertThat(copy.snapshotHeld()).isTrue();
                assertThat(copy.standing().rowsDone()).isGreaterThan(100_000);
                // The other worker may have ended one more before it was told.
                assertThat(done(ground)).isGreaterThanOrEqualTo(done);
            }
            ground.upgrade.start(_ -> {});
            assertThat(ground.text(Side.OLD, SNAPSHOT)).isEqualTo(snapshot);
            ground.upgrade.awaitFollowing();
            assertThat(Contents.checksums(ground.superuser(Side.NEW)))
                    .isEqualTo(Contents.checksums(ground.superuser(Side.OLD)));
        }
    }

    private static long done(Ground ground) {
        return Long.parseLong(
                ground.text(Side.NEW, "SELECT count(*) FROM relevo.copy_task WHERE done"));
    }

    private Process start(Ground ground) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(
                                Signals.interruptible(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "-XX:TieredStopAtLevel=1",
                                        "--enable-native-access=ALL-UNNAMED",
                                        Main.class.getName(),
                                        "start"))
                        .directory(directory.toFile())
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        var environment = builder.environment();
        environment.put("CLASSPATH", absolute(System.getProperty("java.class.path")));
        environment.put("RELEVO_OLD", conninfo(ground, Side.OLD));
        environment.put("RELEVO_NEW", conninfo(ground, Side.NEW));
        return builder.start();
    }

    private static String absolute(String path) {
        return java.util.Arrays.stream(path.split(java.io.File.pathSeparator, -1))
                .map(each -> Path.of(each).toAbsolutePath().toString())
                .collect(java.util.stream.Collectors.joining(java.io.File.pathSeparator));
    }

    /** With the password in it: nobody else reads this child's environment. */
    private static String conninfo(Ground ground, Side side) {
        Secret password = ground.superuser(side).password();
        return ground.superuser(side).conninfo(password);
    }
}
