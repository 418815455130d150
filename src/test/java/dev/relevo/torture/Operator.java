package dev.relevo.torture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Somebody who gives one command, in a process of its own. */
final class Operator implements AutoCloseable {
    private final Process process;
    private final Path said;

    private Operator(Process process, Path said) {
        this.process = process;
        this.said = said;
    }

    /**
     * Starts the process; it does nothing until {@link #give}.
     *
     * @param environment what it finds there besides
     */
    static Operator ready(Path directory, Map<String, String> environment) {
        try {
            Path said = Files.createTempFile(directory, "operator-", ".out");
            ProcessBuilder builder =
                    new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "-Xshare:auto",
                            "-Xmx192m",
                            "--enable-native-access=ALL-UNNAMED",
                            "--sun-misc-unsafe-memory-access=allow",
                            // By it the lab's watcher finds this process, should we be killed.
                            "-Drelevo.lab=" + directory,
                            OperatorMain.class.getName());
            builder.directory(directory.toFile());
            builder.redirectErrorStream(true).redirectOutput(said.toFile());
            builder.environment()
                    .keySet()
                    .removeIf(name -> name.startsWith("PG") || name.startsWith("RELEVO"));
            builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
            builder.environment().putAll(environment);
            return new Operator(builder.start(), said);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until it has been loaded. */
    Operator loaded() {
        while (process.isAlive() && !all().startsWith(OperatorMain.READY)) {
            LockSupport.parkNanos(5_000_000);
        }
        return this;
    }

    /** Lets it begin. */
    void give(List<String> arguments) {
        try {
            process.getOutputStream()
                    .write(
                            (String.join("\n", arguments) + "\n\n")
                                    .getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its status, if it ended within that time. */
    Optional<Integer> await(Duration patience) {
        try {
            return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)
                    ? Optional.of(process.exitValue())
                    : Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    /** {@code kill -9}. */
    void kill() {
        process.destroyForcibly();
        await(Duration.ofSeconds(10));
    }

    /** What it has said so far. */
    String said() {
        return all().replaceFirst("^" + OperatorMain.READY + "\n", "");
    }

    private String all() {
        try {
            return Files.readString(said);
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
            Files.deleteIfExists(said);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
