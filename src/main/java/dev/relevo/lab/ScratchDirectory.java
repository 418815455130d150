package dev.relevo.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * A directory that disappears, with the servers and loads at work in it, when its owner does.
 *
 * <p>A small shell process ({@code relevo-lab-watcher.sh}) holds the other end of a pipe. It cleans
 * up at the end of the pipe's input, which comes when {@link #close} is called, and also when this
 * JVM exits, crashes or is killed with {@code -9}: there is one way to clean up, and it is used
 * every time. The watcher has a session of its own, so Ctrl-C does not reach it.
 */
final class ScratchDirectory implements AutoCloseable {
    private static final String WATCHER = "relevo-lab-watcher.sh";

    /** Longer than the 5 s after which a postmaster kills children that do not answer. */
    private static final int CLEAN_UP_SECONDS = 60;

    private final Path path;
    private final Process watcher;
    private final Thread hook;

    private ScratchDirectory(Path path, Process watcher) {
        this.path = path;
        this.watcher = watcher;
        this.hook = new Thread(this::cleanUp, "relevo-lab-clean-up");
    }

    /** Makes the directory, which other accounts may pass through but not list, and watches it. */
    static ScratchDirectory create() {
        try {
            Path path = Files.createTempDirectory("relevo-lab-").toRealPath();
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx--x--x"));
            try (InputStream script = ScratchDirectory.class.getResourceAsStream(WATCHER)) {
                Files.copy(Objects.requireNonNull(script), path.resolve(WATCHER));
            }
            Process watcher =
                    new ProcessBuilder("setsid", "sh", WATCHER)
                            .directory(path.toFile())
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            ScratchDirectory scratch = new ScratchDirectory(path, watcher);
            Runtime.getRuntime().addShutdownHook(scratch.hook);
            return scratch;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path path() {
        return path;
    }

    /** Ends every server and load at work here, removes the directory, and waits until it is so. */
    @Override
    public void close() {
        cleanUp();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is shutting down, and the hook finds the work done.
            assert e != null;
        }
    }

    private void cleanUp() {
        try {
            watcher.getOutputStream().close();
            if (!watcher.waitFor(CLEAN_UP_SECONDS, TimeUnit.SECONDS)) {
                throw Command.failed("lab-clean-up", "the lab is still there: " + path, "");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw Command.interrupted(e);
        }
    }
}
