package dev.relevo.torture;

import dev.relevo.lab.LabServer;
import dev.relevo.lab.LabServer.StopMode;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.problem.ProblemException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A server whose write-ahead log has a small disk of its own, in memory, which can be filled. Needs
 * the right to mount; {@code bin/torture} sees to it that the mount is gone with its last process.
 */
final class SmallDisk implements AutoCloseable {
    private static final String SIZE = "320m";

    private final LabServer server;
    private final Path log;
    private final Path filler;
    private final Thread hook;

    private SmallDisk(LabServer server) {
        this.server = server;
        this.log = server.data().resolve("pg_wal");
        this.filler = log.resolve("filler");
        this.hook = new Thread(this::unmount, "torture-unmount");
    }

    /** Whether this machine lets us mount something, where nobody else sees it. */
    static boolean available() {
        return "1".equals(System.getenv("RELEVO_TORTURE_MAY_MOUNT"));
    }

    /** Moves the log of a running server onto a disk of its own. */
    static SmallDisk under(LabServer server) {
        SmallDisk disk = new SmallDisk(server);
        server.stop(StopMode.FAST);
        Path aside = disk.log.resolveSibling("pg_wal.aside");
        run("mv", disk.log.toString(), aside.toString());
        run("mkdir", disk.log.toString());
        Runtime.getRuntime().addShutdownHook(disk.hook);
        run("mount", "-t", "tmpfs", "-o", "mode=0700,size=" + SIZE, "tmpfs", disk.log.toString());
        run("chown", "--reference=" + aside, disk.log.toString());
        run("cp", "-a", aside + "/.", disk.log.toString());
        run("rm", "-rf", aside.toString());
        server.start();
        return disk;
    }

    /** Nothing is left on it; the server meets that at the end of the segment that it writes. */
    void fill() {
        run(
                "sh",
                "-c",
                "fallocate -l \"$(df --output=avail -B1 \"$1\" | tail -1)\" \"$2\"",
                "sh",
                log.toString(),
                filler.toString());
        try (Session session = server.superuser("postgres").open("torture")) {
            for (int i = 0; i < 30; i++) {
                session.text("SELECT pg_switch_wal() FROM pg_logical_emit_message(true, 't', 't')");
            }
        } catch (PgException | ProblemException e) {
            // That was it.
            assert e != null;
        }
    }

    /** There is room again; the server is started by whoever looks after it. */
    void free() {
        run("rm", "-f", filler.toString());
        try {
            server.crash();
        } catch (ProblemException e) {
            // It is down already.
            assert e != null;
        }
        server.start();
    }

    private void unmount() {
        attempt("umount", "-l", log.toString());
    }

    private static void run(String... command) {
        if (attempt(command) != 0) {
            throw new IllegalStateException(String.join(" ", command) + " failed");
        }
    }

    private static int attempt(String... command) {
        try {
            return new ProcessBuilder(List.of(command)).inheritIO().start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return -1;
        }
    }

    @Override
    public void close() {
        unmount();
    }
}
