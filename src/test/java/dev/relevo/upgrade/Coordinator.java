package dev.relevo.upgrade;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** A {@link CoordinatorMain} in a process of its own. */
final class Coordinator implements AutoCloseable {
    /** What a shell calls a process that {@code kill -9} ended. */
    static final int KILLED = 137;

    private final Process process;
    private final Path thaw;

    private Coordinator(Process process, Path thaw) {
        this.process = process;
        this.thaw = thaw;
    }

    /** Starts the process; it does nothing until {@link #give}. */
    static Coordinator ready() {
        return ready("RELEVO_DIE_AT", "");
    }

    /** One that dies as by {@code kill -9} when it gets to this place. */
    static Coordinator dyingAt(String place) {
        return ready("RELEVO_DIE_AT", place);
    }

    /** The same on a machine of another country. */
    static Coordinator dyingAbroadAt(String place, String timeZone) {
        return start(
                Map.of("RELEVO_DIE_AT", place, "TZ", timeZone),
                List.of("-Duser.timezone=" + timeZone, "-Duser.language=tr", "-Duser.country=TR"));
    }

    /** One that stands still, its connections open, when it gets to this place. */
    static Coordinator freezingAt(String place) {
        return ready("RELEVO_FREEZE_AT", place);
    }

    private static Coordinator ready(String variable, String place) {
        return start(Map.of(variable, place), List.of());
    }

    private static Coordinator start(Map<String, String> environment, List<String> options) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xshare:auto",
                                "-Xmx128m",
                                "--enable-native-access=ALL-UNNAMED"));
        command.addAll(options);
        command.add(CoordinatorMain.class.getName());
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        builder.environment().putAll(environment);
        Path thaw =
                Path.of(System.getProperty("java.io.tmpdir"), "relevo-thaw-" + UUID.randomUUID());
        builder.environment().put("RELEVO_THAW_FILE", thaw.toString());
        try {
            return new Coordinator(builder.start(), thaw);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets it begin. */
    void give(String command, Settings settings) {
        try {
            process.getOutputStream()
                    .write(
                            CoordinatorMain.line(command, settings)
                                    .getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for its end and returns its status. */
    int await(Duration patience) {
        try {
            if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("the coordinator still runs after " + patience);
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Lets one that stands still go on. */
    void thaw() {
        try {
            Files.createFile(thaw);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** {@code kill -9}. */
    void kill() {
        process.destroyForcibly();
        await(Duration.ofSeconds(10));
    }

    /** What it said, once it has ended. */
    String said() {
        try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
        try {
            Files.deleteIfExists(thaw);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
