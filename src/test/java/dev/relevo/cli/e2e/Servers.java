package dev.relevo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.cli.Relevo;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.PgbenchTables;
import dev.relevo.pg.ClientTools;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Two servers that nobody but their people made, and a shell in which to move one to the other. */
final class Servers {
    static final String DATABASE = LabServer.APPLICATION;

    private static final JsonMapper STRICT =
            JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    final LabServer old;
    final LabServer fresh;
    private final Path home;
    private final Relevo relevo;

    Servers(LabServer old, LabServer fresh, Path home) throws IOException {
        this.old = old;
        this.fresh = fresh;
        this.home = home;
        Path passfile = passfile();
        this.relevo = new Relevo(home, Map.of("PGPASSFILE", passfile.toString()));
    }

    private Path passfile() throws IOException {
        Path file = home.resolve("passwords");
        Files.writeString(
                file,
                Stream.of(old, fresh)
                        .map(server ->
                                "127.0.0.1:%d:*:postgres:%s"
                                        .formatted(
                                                server.port(),
                                                server.superuser("postgres").password().reveal()))
                        .collect(Collectors.joining("\n", "# the two servers\n", "\n")));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    Path passwords() {
        return home.resolve("passwords");
    }

    /** As people write a server in keywords. */
    static String keywords(LabServer server) {
        return "host=127.0.0.1 port = %d user=postgres dbname='%s'"
                .formatted(server.port(), DATABASE);
    }

    /** As people write a server as a URI. */
    static String uri(LabServer server) {
        return "postgresql://postgres@127.0.0.1:%d/%s?connect_timeout=10"
                .formatted(server.port(), DATABASE);
    }

    /** The command on these two servers. */
    Relevo.Result relevo(String command, String... options) {
        return on(keywords(old), uri(fresh), command, options);
    }

    /** The command on any two servers. */
    Relevo.Result on(String oldServer, String newServer, String command, String... options) {
        List<String> all =
                Stream.concat(
                                Stream.of(command, "--old", oldServer, "--new", newServer),
                                Stream.of(options))
                        .toList();
        return shell().run(all.toArray(String[]::new));
    }

    Relevo shell() {
        return relevo;
    }

    /** The command with {@code --json} must do it, and say so in exactly one document. */
    JsonNode done(String command, String... options) {
        Relevo.Result result =
                relevo(
                        command,
                        Stream.concat(Stream.of("--json"), Stream.of(options))
                                .toArray(String[]::new));
        assertThat(result.status()).as(command + ": " + result.all()).isZero();
        return json(result);
    }

    static JsonNode json(Relevo.Result result) {
        return STRICT.readTree(result.out());
    }

    /** The old server has pgbench's tables and everything else a database may have. */
    void fill(Lab lab) {
        PgbenchTables.create(lab, old.application(), 1);
        sql(old, SqlFile.load(Servers.class, "rich"));
    }

    /** Both servers as they were before anybody filled one; a role of the old one's stays there. */
    void empty() {
        for (LabServer server : List.of(old, fresh)) {
            try (Session session = server.superuser("postgres").open("test")) {
                session.execute("DROP DATABASE IF EXISTS " + DATABASE);
                for (String role : List.of("\"Owner One\"", "\"o'brien\"", "readers")) {
                    session.execute("DROP ROLE IF EXISTS " + role);
                }
                if (server == fresh) {
                    session.execute("DROP ROLE IF EXISTS " + DATABASE);
                } else {
                    session.execute("ALTER ROLE " + DATABASE + " RESET ALL");
                    session.execute("CREATE DATABASE " + DATABASE + " OWNER " + DATABASE);
                }
            }
        }
    }

    /** Runs statements as the superuser, as written in psql. */
    static void sql(LabServer server, String statements) {
        try (Session session = server.superuser(DATABASE).open("test")) {
            session.execute("SET search_path = public");
            session.execute(statements);
        }
    }

    /** Runs statements as the application's role. */
    static void application(LabServer server, String statements) {
        try (Session session = server.application().open("test")) {
            session.execute("SET search_path = public");
            session.execute(statements);
        }
    }

    /** What pg_dump says of the old database. */
    String schema() throws IOException, InterruptedException {
        ClientTools tools =
                ClientTools.find(old.spec().major(), fresh.spec().major()).orElseThrow();
        ProcessBuilder builder =
                new ProcessBuilder(tools.pgDump().toString(), "--schema-only", "--create")
                        .redirectError(ProcessBuilder.Redirect.INHERIT);
        old.superuser(DATABASE).clientEnvironment().applyTo(builder.environment());
        Process process = builder.start();
        String dump =
                new String(
                        process.getInputStream().readAllBytes(),
                        java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        // A random key of every run's own.
        return dump.replaceAll("(?m)^\\\\(un)?restrict .*$", "");
    }
}
