package dev.relevo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relevo.cli.Relevo;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import dev.relevo.pg.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/**
 * No password and no verifier is said, logged, written down or seen by anybody, on servers that log
 * everything they can.
 */
@TestInstance(Lifecycle.PER_CLASS)
final class SecretsTest {
    private static final Pattern PASSWORD = Pattern.compile("password='?([^' ]+)");

    private final Lab lab =
            Lab.start(talkative(ServerSpec.of(14)), talkative(ServerSpec.empty(16)));
    private final LabServer old = lab.server(0);
    private final LabServer fresh = lab.server(1);
    private final Set<String> secrets = new LinkedHashSet<>();
    private final Set<String> replicationPasswords = new LinkedHashSet<>();
    private final List<String> said = new ArrayList<>();
    private final List<String> journal = new ArrayList<>();
    private Servers servers;
    private Eavesdropper eavesdropper;

    private static ServerSpec talkative(ServerSpec spec) {
        return spec.unsafe()
                .with("log_statement", "all")
                .with("log_min_duration_statement", "0")
                .with("log_min_duration_sample", "0")
                .with("log_transaction_sample_rate", "1")
                .with("log_duration", "on")
                .with("log_connections", "on")
                .with("log_replication_commands", "on")
                .with("log_min_messages", "debug1")
                .with("log_min_error_statement", "debug1")
                .with("log_parameter_max_length_on_error", "-1")
                .with("debug_print_parse", "on")
                .with("shared_preload_libraries", "pg_stat_statements")
                .with("pg_stat_statements.track", "all");
    }

    @BeforeAll
    void open(@TempDir Path home) throws IOException {
        servers = new Servers(old, fresh, home);
        for (LabServer server : List.of(old, fresh)) {
            try (Session session = server.superuser("postgres").open("test")) {
                session.execute("CREATE EXTENSION pg_stat_statements SCHEMA public");
            }
        }
    }

    @AfterAll
    void close() {
        lab.close();
    }

    @BeforeEach
    void fill() {
        servers.empty();
        Servers.application(
                old,
                "CREATE TABLE orders (id bigserial PRIMARY KEY, what text); INSERT INTO orders (what)"
                        + " VALUES ('a'), ('b')");
        for (LabServer server : List.of(old, fresh)) {
            try (Session session = server.superuser("postgres").open("test")) {
                session.execute("SELECT public.pg_stat_statements_reset()");
            }
        }
        secrets.clear();
        replicationPasswords.clear();
        said.clear();
        journal.clear();
        secrets.add(old.superuser("postgres").password().reveal());
        secrets.add(fresh.superuser("postgres").password().reveal());
        secrets.add(old.application().password().reveal());
        eavesdropper = new Eavesdropper(old, fresh);
    }

    @AfterEach
    void stopListening() {
        eavesdropper.close();
    }

    @Test
    void nobodyEverSeesAPassword() {
        done("check");
        done("plan");
        done("start");
        done("status");
        done("switch", "--yes");
        done("status");
        done("rollback", "--yes");
        done("switch", "--yes");
        done("finish", "--yes");
        // One for the copy, and one for every handover's way back.
        assertThat(replicationPasswords).hasSize(4);
        nothingLeaked();
    }

    @Test
    void aRefusedSubscriptionTellsNothing() throws IOException {
        Path file = old.data().resolve("pg_hba.conf");
        String given = Files.readString(file);
        rules(file, "local all all scram-sha-256\nhost all postgres,pgbench all scram-sha-256\n");
        try {
            Relevo.Result result = command("start");
            assertThat(result.status()).as(result.all()).isEqualTo(4);
            assertThat(result.err().lines().filter(line -> line.startsWith("relevo: error: ")))
                    .as(result.err())
                    .hasSize(1);
            assertThat(result.err())
                    .containsPattern("(?m)^DETAIL: .*pg_hba.conf")
                    .containsPattern("(?m)^HINT: ")
                    .contains("_reads_")
                    .doesNotContain("Exception", "\tat ", "unforeseen");
            nothingLeaked();
        } finally {
            rules(file, given);
        }
        done("start");
        done("abort", "--yes");
        assertThat(replicationPasswords).hasSize(1);
        nothingLeaked();
    }

    /** As somebody wrote {@code pg_hba.conf}, once the server has read it. */
    private void rules(Path file, String text) throws IOException {
        Files.writeString(file, text);
        int before = old.log().length();
        try (Session session = old.superuser("postgres").open("test")) {
            session.execute("SELECT pg_reload_conf()");
        }
        await().until(() -> old.log().substring(before).contains("reloading configuration files"));
    }

    private void done(String command, String... options) {
        // In words the first time, as a document the other times.
        String[] all =
                said.size() % 2 == 0
                        ? options
                        : Stream.concat(Stream.of("--json"), Stream.of(options))
                                .toArray(String[]::new);
        Relevo.Result result = command(command, all);
        assertThat(result.status()).as(command + ": " + result.all()).isZero();
    }

    private Relevo.Result command(String command, String... options) {
        Relevo.Result result = servers.relevo(command, options);
        said.add(result.all());
        for (LabServer server : List.of(old, fresh)) {
            remember(server);
        }
        return result;
    }

    /** What the server keeps now that nobody may see, and what is written down for everybody. */
    private void remember(LabServer server) {
        try (Session session = server.superuser("postgres").open("test")) {
            secrets.addAll(
                    session.query(
                            "SELECT rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL",
                            row -> row.text("rolpassword")));
            for (String conninfo :
                    session.query(
                            "SELECT subconninfo FROM pg_subscription",
                            row -> row.text("subconninfo"))) {
                Matcher password = PASSWORD.matcher(conninfo);
                assertThat(password.find()).isTrue();
                replicationPasswords.add(password.group(1));
            }
            if (!session.exists("SELECT FROM pg_database WHERE datname = ?", Servers.DATABASE)) {
                return;
            }
        }
        try (Session session = server.superuser(Servers.DATABASE).open("test")) {
            for (String table :
                    session.query(
                            "SELECT c.oid::regclass::text AS name FROM pg_class c WHERE relkind = 'r'"
                                    + " AND relnamespace = to_regnamespace('relevo')",
                            row -> row.text("name"))) {
                journal.addAll(
                        session.query(
                                "SELECT t::text AS line FROM " + table + " t",
                                row -> row.text("line")));
            }
        }
    }

    private void nothingLeaked() {
        Map<String, String> heard = eavesdropper.heard();
        heard.put("what the commands said", String.join("\n", said));
        heard.put("tables of Relevo's", String.join("\n", journal));
        assertThat(heard).allSatisfy((_, text) -> assertThat(text).isNotBlank());
        Set<String> all = new LinkedHashSet<>(secrets);
        all.addAll(replicationPasswords);
        all.add("SCRAM-SHA-256$");
        List<String> leaks = new ArrayList<>();
        heard.forEach((where, text) ->
                all.forEach(secret -> {
                    int at = text.indexOf(secret);
                    if (at >= 0) {
                        leaks.add(where + ": " + text.substring(Math.max(0, at - 200), at));
                    }
                }));
        assertThat(leaks).isEmpty();
        assertThat(all).hasSizeGreaterThan(4);
    }
}
