package dev.relevo.lab;

import dev.relevo.pg.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/**
 * Throw-away servers, set up as in the exercise: scram-sha-256 for everybody, {@code
 * wal_level=logical}, role and database {@code pgbench} with a random password that is the same on
 * every server which has the role.
 *
 * <p>Closing it ends the servers and removes every file of theirs. The same happens when this
 * process ends in any other way.
 */
public final class Lab implements AutoCloseable {
    private final ScratchDirectory scratch = ScratchDirectory.create();
    private final Account account = Account.forServers();
    private final Secret applicationPassword = Passwords.random();
    private final List<LabServer> servers = new ArrayList<>();

    private Lab() {}

    /** Starts servers side by side; their order is that of {@code specs}. */
    public static Lab start(ServerSpec... specs) {
        Lab lab = new Lab();
        try {
            lab.add(List.of(specs));
            return lab;
        } catch (RuntimeException | Error e) {
            lab.close();
            throw e;
        }
    }

    /** Starts one more server. */
    public LabServer add(ServerSpec spec) {
        return add(List.of(spec)).getFirst();
    }

    private List<LabServer> add(List<ServerSpec> specs) {
        List<LabServer> started = new ArrayList<>();
        try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<LabServer>> futures = new ArrayList<>();
            int number = servers.size();
            for (ServerSpec spec : specs) {
                String name = ++number + "-pg" + spec.major();
                futures.add(workers.submit(() -> create(spec, name)));
            }
            for (Future<LabServer> future : futures) {
                started.add(future.get());
            }
        } catch (InterruptedException e) {
            throw Command.interrupted(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e);
        }
        servers.addAll(started);
        writePassfile();
        return started;
    }

    private LabServer create(ServerSpec spec, String name) {
        Path home = scratch.path().resolve(name);
        Path bin = runnable(ServerBinaries.unpacked(spec.major()), name).resolve("bin");
        return new LabServer(spec, bin, home, account, applicationPassword).create();
    }

    /** The binaries where they are, or a copy here when the servers' account cannot get there. */
    private Path runnable(Path binaries, String name) {
        if (account.canRun(binaries.resolve("bin/postgres"))) {
            return binaries;
        }
        Path copy = scratch.path().resolve(name + "-binaries");
        Command.run(scratch.path(), List.of("cp", "-R", binaries.toString(), copy.toString()));
        Command.run(scratch.path(), List.of("chmod", "-R", "a+rX", copy.toString()));
        return copy;
    }

    /** The servers in the order they were asked for. */
    public List<LabServer> servers() {
        return List.copyOf(servers);
    }

    /** One server, counted from 0. */
    public LabServer server(int index) {
        return servers.get(index);
    }

    /** A directory for further files and for children's work; it goes away with the lab. */
    public Path directory() {
        return scratch.path();
    }

    /** The application's password on every server, in libpq's format, readable by us alone. */
    public Path passfile() {
        return scratch.path().resolve("passfile");
    }

    private void writePassfile() {
        String lines =
                servers.stream()
                        .map(server ->
                                String.join(
                                        ":",
                                        "127.0.0.1",
                                        Integer.toString(server.port()),
                                        LabServer.APPLICATION,
                                        LabServer.APPLICATION,
                                        applicationPassword.reveal()))
                        .collect(Collectors.joining("\n", "", "\n"));
        try {
            Path file = passfile();
            Files.deleteIfExists(file);
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends every server with {@code -m immediate} and removes all files. */
    @Override
    public void close() {
        servers.forEach(LabServer::thaw);
        scratch.close();
    }
}
