package dev.relevo.lab;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Secret;
import dev.relevo.pg.ServerVersion;
import dev.relevo.pg.Session;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** One throw-away server, listening on 127.0.0.1 and on a Unix socket in its own directory. */
public final class LabServer {
    /** The superuser's name. */
    public static final String SUPERUSER = "postgres";

    /** The name of the application's role, and of its database. */
    public static final String APPLICATION = "pgbench";

    /** How a server is stopped, as {@code pg_ctl stop --mode} has it. */
    public enum StopMode {
        SMART,
        FAST,
        IMMEDIATE
    }

    private static final int START_ATTEMPTS = 5;

    private final ServerSpec spec;
    private final Path bin;
    private final Path home;
    private final Account account;
    private final Secret superuserPassword = Passwords.random();
    private final Secret applicationPassword;
    private final Set<Long> frozen = ConcurrentHashMap.newKeySet();
    private int port;

    LabServer(ServerSpec spec, Path bin, Path home, Account account, Secret applicationPassword) {
        this.spec = spec;
        this.bin = bin;
        this.home = home;
        this.account = account;
        this.applicationPassword = applicationPassword;
    }

    /** Makes the cluster, starts it, and creates the application's role and database. */
    LabServer create() {
        try {
            Files.createDirectory(home);
            Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
            account.own(home);
            NewCluster.initdb(bin, home, account, superuserPassword);
            Path conf = data().resolve("postgresql.conf");
            String given = Files.readString(conf);
            for (int attempt = 1; ; attempt++) {
                port = Ports.free();
                Files.writeString(conf, given + NewCluster.settings(spec, port, home));
                Command.Result result = tryStart();
                if (result.succeeded()) {
                    break;
                }
                // Somebody took the port between our look and the server's.
                if (attempt == START_ATTEMPTS || !log().contains("could not bind")) {
                    throw notStarted(result);
                }
                Files.delete(logFile());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (spec.application()) {
            createApplication();
        }
        return this;
    }

    private void createApplication() {
        try (Session session = superuser(SUPERUSER).open("lab")) {
            String role = Quote.ident(APPLICATION);
            session.execute("CREATE ROLE " + role + " LOGIN");
            // Sends the verifier, so that no log and no view ever sees the password.
            session.driver()
                    .alterUserPassword(
                            APPLICATION,
                            applicationPassword.reveal().toCharArray(),
                            "scram-sha-256");
            session.execute("CREATE DATABASE " + role + " OWNER " + role);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Starts the server again after {@link #stop} or {@link #crash}, on the same port. */
    public void start() {
        Command.Result result = tryStart();
        if (!result.succeeded()) {
            throw notStarted(result);
        }
    }

    private Command.Result tryStart() {
        return pgCtl("start", "--wait", "--log=" + logFile());
    }

    private RuntimeException notStarted(Command.Result result) {
        return Command.failed(
                "lab-start",
                "PostgreSQL " + spec.major() + " of the lab did not start",
                result.output() + "\n" + log());
    }

    /** Writes down what is dirty, so that nobody pays later for what was done before. */
    void checkpoint() {
        try (Session session =
                superuser("postgres").open("checkpoint", Map.of("statement_timeout", "0"))) {
            session.execute("CHECKPOINT");
        }
    }

    /** Stops the server and waits until it is gone; {@link StopMode#SMART} waits for clients. */
    public void stop(StopMode mode) {
        thaw();
        Command.Result result =
                pgCtl("stop", "--wait", "--mode=" + mode.name().toLowerCase(Locale.ROOT));
        if (!result.succeeded()) {
            throw Command.failed("lab-stop", "the lab's server did not stop", result.output());
        }
    }

    /** Ends the server as a crash does: nothing is flushed, clients lose their connections. */
    public void crash() {
        stop(StopMode.IMMEDIATE);
    }

    private Command.Result pgCtl(String action, String... options) {
        List<String> command =
                new ArrayList<>(
                        List.of(bin.resolve("pg_ctl").toString(), action, "-D", data().toString()));
        command.addAll(List.of(options));
        return Command.attempt(home, account.command(command));
    }

    /**
     * Stops a backend or a worker with SIGSTOP: it holds its locks and its slot, and answers
     * nobody.
     *
     * @param pid as in {@code pg_stat_activity.pid}
     */
    public void freeze(long pid) {
        frozen.add(pid);
        signal("STOP", pid);
    }

    /** Lets a frozen process go on. */
    public void thaw(long pid) {
        frozen.remove(pid);
        signal("CONT", pid);
    }

    /** Lets every frozen process go on; those that ended meanwhile do not matter. */
    void thaw() {
        for (long pid : frozen) {
            Command.attempt(Path.of("/"), kill("CONT", pid));
        }
        frozen.clear();
    }

    /** Sends a signal, such as {@code KILL}, to one of the server's processes. */
    public void signal(String name, long pid) {
        Command.run(Path.of("/"), kill(name, pid));
    }

    private static List<String> kill(String name, long pid) {
        return List.of("sh", "-c", "kill -\"$1\" \"$2\"", "kill", name, Long.toString(pid));
    }

    /** The postmaster's process id. */
    public long pid() {
        try (var lines = Files.lines(data().resolve("postmaster.pid"))) {
            return Long.parseLong(lines.findFirst().orElseThrow());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A database as the superuser. */
    public Endpoint superuser(String database) {
        return endpoint(SUPERUSER, superuserPassword, database);
    }

    /** The application's database as its role, which is also its owner. */
    public Endpoint application() {
        return endpoint(APPLICATION, applicationPassword, APPLICATION);
    }

    /** A database as any role. */
    public Endpoint endpoint(String role, Secret password, String database) {
        return new Endpoint("127.0.0.1", port, database, role, password, Map.of());
    }

    /**
     * The directory of the Unix socket, to be used as a host; only root and the server's account
     * get in.
     */
    public Path socketDirectory() {
        return home;
    }

    public int port() {
        return port;
    }

    public ServerSpec spec() {
        return spec;
    }

    /** The running server's full version. */
    public ServerVersion version() {
        try (Session session = superuser(SUPERUSER).open("lab")) {
            return session.version();
        }
    }

    public Path data() {
        return home.resolve("data");
    }

    /** All that the server has logged so far. */
    public String log() {
        try {
            Path file = logFile();
            return Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path logFile() {
        return home.resolve("log");
    }
}
