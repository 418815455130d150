package dev.relevo.lab;

import dev.relevo.pg.Endpoint;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code relevo start} and a {@code relevo copy-worker} beside it, as processes of their own that
 * can be killed. They end with the lab, however this process does: its watcher knows them by the
 * directory on their command line.
 */
final class CopyProcesses implements AutoCloseable {
    private final Class<?> program;
    private final Path directory;
    private final int jobs;
    private final List<String> options;
    private final Endpoint oldServer;
    private final Endpoint newServer;
    private @Nullable Process start;
    private @Nullable Process helper;
    private int started;

    /**
     * Starts nothing yet.
     *
     * @param program whose {@code main} is the command line of Relevo
     * @param jobs workers of {@code start}
     * @param options of both commands
     * @param oldServer as {@code start} reaches it; the new server does {@code oldDirectly}
     */
    CopyProcesses(
            Lab lab,
            Class<?> program,
            Endpoint oldServer,
            Endpoint oldDirectly,
            Endpoint newServer,
            int jobs,
            List<String> options) {
        this.program = program;
        this.oldServer = oldServer;
        this.newServer = newServer;
        this.jobs = jobs;
        this.options = options;
        try {
            this.directory = Files.createTempDirectory(lab.directory(), "relevo-");
            Files.writeString(
                    directory.resolve("relevo.yaml"),
                    "old_from_new: \"%s\"\n".formatted(oldDirectly.conninfo()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives {@code relevo start}, for the first time or again. */
    void start() {
        start = launch("start", jobs, oldServer, newServer, "start-" + ++started);
    }

    /** Starts another {@code relevo copy-worker}, with one worker, if none is there. */
    void help(Endpoint oldDirectly, Endpoint newDirectly) {
        if (helper == null || !helper.isAlive()) {
            helper = launch("copy-worker", 1, oldDirectly, newDirectly, "copy-worker");
        }
    }

    private Process launch(String command, int workers, Endpoint old, Endpoint fresh, String log) {
        List<String> all =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xshare:auto",
                                "-Xmx256m",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-Drelevo.lab=" + directory,
                                program.getName(),
                                command,
                                "--jobs",
                                Integer.toString(workers)));
        all.addAll(options);
        ProcessBuilder builder = Command.prepare(directory, all);
        // Nobody else reads a child's environment, and so its password.
        builder.environment().put("RELEVO_OLD", old.conninfo(old.password()));
        builder.environment().put("RELEVO_NEW", fresh.conninfo(fresh.password()));
        builder.environment().put("CLASSPATH", classPath());
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log(log).toFile()));
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The working directory is another one. */
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(each -> Path.of(each).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private Path log(String name) {
        return directory.resolve(name + ".log");
    }

    boolean startIsAlive() {
        return start != null && start.isAlive();
    }

    /** What {@code start} ended with. */
    int startStatus() {
        return start == null ? 0 : start.exitValue();
    }

    /** All that the {@code start} of the last time has said. */
    String said() {
        try {
            return Files.readString(log("start-" + started));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All that those which helped have said. */
    String helperSaid() {
        try {
            Path log = log("copy-worker");
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void killStart() {
        kill(start);
    }

    void killHelper() {
        kill(helper);
    }

    /** {@code kill -9}. */
    private static void kill(@Nullable Process process) {
        if (process == null) {
            return;
        }
        process.destroyForcibly();
        try {
            if (!process.waitFor(Duration.ofSeconds(20))) {
                throw Command.failed("lab-kill", "a process does not end by kill -9", "");
            }
        } catch (InterruptedException e) {
            throw Command.interrupted(e);
        }
    }

    @Override
    public void close() {
        killStart();
        killHelper();
    }
}
