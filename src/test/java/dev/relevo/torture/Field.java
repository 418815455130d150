package dev.relevo.torture;

import dev.relevo.catalog.Side;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Two servers, the links between all who talk to them, and the tables that everybody works on. */
final class Field implements AutoCloseable {
    /** Few enough that the clients meet. */
    static final int ACCOUNTS = 40;

    private static final String TABLES =
            """
            CREATE TABLE public.accounts (id int PRIMARY KEY, counter bigint NOT NULL);
            INSERT INTO public.accounts SELECT n, 0 FROM generate_series(1, %d) n;
            CREATE SEQUENCE public.tickets;
            -- Without a key, so that a transaction that is applied twice is not refused but found.
            -- The default is filled in where the transaction runs.
            CREATE TABLE public.entries (client int NOT NULL, n int NOT NULL, account int NOT NULL,
                seen bigint NOT NULL, port int NOT NULL DEFAULT current_setting('port')::int, ticket bigint);
            CREATE INDEX ON public.entries (client, n);
            CREATE TABLE public.side_notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text);
            """
                    .formatted(ACCOUNTS);

    /** Who talks to a server, and through which link. */
    enum Party {
        RELEVO,
        OTHER_SERVER,
        CLIENTS
    }

    private record Line(Party party, Side side) {}

    final Lab lab;
    private final Map<Side, SmallDisk> disks = new EnumMap<>(Side.class);
    private final Map<Line, Link> links = new HashMap<>();
    private final Path home;
    private final Path config;
    private final Path passwords;

    /**
     * Starts the servers; nothing is prepared yet.
     *
     * @param subscriptions in each direction
     */
    Field(int oldMajor, int newMajor, int subscriptions) {
        lab = Lab.start(spec(ServerSpec.of(oldMajor)), spec(ServerSpec.empty(newMajor)));
        for (Side side : Side.values()) {
            for (Party party : Party.values()) {
                links.put(new Line(party, side), Link.to(server(side).port()));
            }
        }
        cheaperLogins();
        if (SmallDisk.available()) {
            for (Side side : Side.values()) {
                disks.put(side, SmallDisk.under(server(side)));
            }
        }
        sql(Side.OLD, "SET ROLE " + LabServer.APPLICATION + "; " + TABLES);
        try {
            home = Files.createDirectory(lab.directory().resolve("torture"));
            passwords = home.resolve("passwords");
            Files.writeString(passwords, passwordLines());
            Files.setPosixFilePermissions(passwords, PosixFilePermissions.fromString("rw-------"));
            config = home.resolve("relevo.yaml");
            Files.writeString(
                    config,
                    """
                    old: "%s"
                    new: "%s"
                    old_from_new: "host=127.0.0.1 port=%d dbname=pgbench"
                    new_from_old: "host=127.0.0.1 port=%d dbname=pgbench"
                    subscriptions: %d
                    jobs: 2
                    handover:
                      drain_timeout: 3s
                      catch_up_timeout: 4s
                    """
                            .formatted(
                                    conninfo(link(Party.RELEVO, Side.OLD).port()),
                                    conninfo(link(Party.RELEVO, Side.NEW).port()),
                                    link(Party.OTHER_SERVER, Side.OLD).port(),
                                    link(Party.OTHER_SERVER, Side.NEW).port(),
                                    subscriptions));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Clients connect all the time, and a password's SCRAM exchange costs more than all they do
     * behind it: the application's role has one in MD5.
     */
    private void cheaperLogins() {
        for (Side side : Side.values()) {
            Path hba = server(side).data().resolve("pg_hba.conf");
            try {
                Files.writeString(hba, Files.readString(hba).replace("scram-sha-256", "md5"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            shared(side, "SELECT pg_reload_conf()");
        }
        sql(
                Side.OLD,
                "SET password_encryption = md5; ALTER ROLE pgbench PASSWORD "
                        + Quote.literal(lab.server(0).application().password().reveal()));
    }

    private static ServerSpec spec(ServerSpec spec) {
        return spec.unsafe().with("track_commit_timestamp", "on").with("max_wal_size", "64MB");
    }

    static String conninfo(int port) {
        return "host=127.0.0.1 port=%d user=%s dbname=%s"
                .formatted(port, LabServer.SUPERUSER, LabServer.APPLICATION);
    }

    /** A third server, which has nothing to do with it; it is made when it is first asked for. */
    LabServer stranger() {
        if (lab.servers().size() == 2) {
            LabServer stranger = lab.add(ServerSpec.of(server(Side.NEW).spec().major()).unsafe());
            try {
                Files.writeString(
                        passwords,
                        line(stranger.port(), stranger.superuser(LabServer.APPLICATION)) + "\n",
                        StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return lab.server(2);
    }

    private String passwordLines() {
        List<String> lines = new ArrayList<>();
        for (Side side : Side.values()) {
            Stream.concat(
                            Stream.of(server(side).port()),
                            Stream.of(Party.values()).map(party -> link(party, side).port()))
                    .forEach(port -> {
                        lines.add(line(port, superuser(side)));
                        lines.add(line(port, lab.server(0).application()));
                    });
        }
        return lines.stream().collect(Collectors.joining("\n", "", "\n"));
    }

    private static String line(int port, Endpoint role) {
        return "127.0.0.1:%d:*:%s:%s".formatted(port, role.user(), role.password().reveal());
    }

    Path home() {
        return home;
    }

    Path passwords() {
        return passwords;
    }

    LabServer server(Side side) {
        return lab.server(side == Side.OLD ? 0 : 1);
    }

    /** That of the server's log; only where there is one. */
    SmallDisk disk(Side side) {
        return Objects.requireNonNull(disks.get(side));
    }

    Side side(int port) {
        return server(Side.OLD).port() == port ? Side.OLD : Side.NEW;
    }

    Link link(Party party, Side side) {
        return Objects.requireNonNull(links.get(new Line(party, side)));
    }

    /** Every line is up again. */
    void restoreLinks() {
        links.values().forEach(Link::restore);
    }

    Endpoint superuser(Side side) {
        return server(side).superuser(LabServer.APPLICATION);
    }

    /** The application's role on one server, past every link. */
    Endpoint application(Side side) {
        Endpoint role = lab.server(0).application();
        return new Endpoint(
                role.host(),
                server(side).port(),
                role.database(),
                role.user(),
                role.password(),
                Map.of());
    }

    void sql(Side side, String statements) {
        try (Session session = superuser(side).open("torture")) {
            session.execute("SET search_path = public");
            session.execute(statements);
        }
    }

    /** Whether that server knows a limit for what slots keep: from 13 on. */
    boolean limitsWal(Side side) {
        return server(side).spec().major() >= 13;
    }

    /** Whether a slot there has lost write-ahead log, for good. */
    boolean hasLostSlot(Side side) {
        return limitsWal(side)
                && !shared(
                                side,
                                "SELECT count(*) FROM pg_replication_slots WHERE wal_status = 'lost'")
                        .equals("0");
    }

    /** From another database. */
    void elsewhere(Side side, String statement) {
        try (Session session = superuser(side).withDatabase("postgres").open("torture")) {
            session.execute(statement);
        }
    }

    /** From another database, where nobody is sent away and no gate is shut. */
    String shared(Side side, String sql) {
        try (Session session = superuser(side).withDatabase("postgres").open("torture")) {
            return session.text(sql);
        }
    }

    /** Whether new sessions are read-only here by default. */
    boolean isReadOnly(Side side) {
        return !shared(
                        side,
                        "SELECT count(*) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase"
                                + " WHERE setrole = 0 AND datname = 'pgbench'"
                                + " AND 'default_transaction_read_only=on' = ANY (setconfig)")
                .equals("0");
    }

    /** An operator who has not begun; {@code environment} is given besides. */
    Operator operator(Map<String, String> environment) {
        Map<String, String> all = new HashMap<>(environment);
        all.put("HOME", home.toString());
        all.put("PGPASSFILE", passwords.toString());
        return Operator.ready(home, all);
    }

    /** A command's line. */
    List<String> line(String command, String... options) {
        return Stream.concat(Stream.of(command, "--config", config.toString()), Stream.of(options))
                .toList();
    }

    /** Gives a command that must succeed. */
    void must(String command, String... options) {
        try (Operator operator = operator(Map.of())) {
            operator.give(line(command, options));
            int status = operator.await(Duration.ofMinutes(5)).orElse(-1);
            if (status != 0) {
                throw new IllegalStateException(
                        "relevo " + command + " ended with " + status + "\n" + operator.said());
            }
        }
    }

    @Override
    public void close() {
        links.values().forEach(Link::close);
        disks.values().forEach(SmallDisk::close);
        lab.close();
    }
}
