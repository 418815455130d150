package dev.relevo.handover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Server;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import dev.relevo.ledger.Identity;
import dev.relevo.ledger.Ledger;
import dev.relevo.ledger.ServerId;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/** Who is counted in a drain among those that log in while the side becomes read-only. */
class StartingTest {
    private static final String READ_ONLY =
            "ALTER DATABASE " + LabServer.APPLICATION + " SET default_transaction_read_only = on";

    private static final String DRAIN =
            "SELECT relevo.drain(ARRAY[pg_backend_pid()], '0', ?::int[]) AS remaining";

    /** The delay stands before a backend authenticates. */
    @ParameterizedTest
    @ValueSource(ints = {11, 18})
    void whoReadsTheSettingLaterIsNotWaitedFor(int major) throws Exception {
        try (Lab lab = Lab.start(ServerSpec.of(major).unsafe());
                Starting starting = new Starting(lab, "pre_auth_delay")) {
            long before = processes(lab.server(0));
            starting.connect();
            Awaitility.await().until(() -> processes(lab.server(0)) > before);
            List<Integer> early = starting.becomeReadOnly();
            assertThat(early).containsExactly(starting.free.pid());
            try (Connection connection = starting.connected()) {
                assertThat(setting(connection)).isEqualTo("on");
                assertThat(remaining(starting.free, early)).isZero();
            }
        }
    }

    /** The delay stands behind a backend's look at the settings. */
    @ParameterizedTest
    @ValueSource(ints = {11, 18})
    void whoReadTheSettingBeforeIsWaitedFor(int major) throws Exception {
        try (Lab lab = Lab.start(ServerSpec.of(major).unsafe());
                Starting starting = new Starting(lab, "post_auth_delay")) {
            starting.connect();
            Awaitility.await()
                    .until(() ->
                            starting.other.exists(
                                    "SELECT FROM pg_locks WHERE locktype = 'object' AND classid ="
                                            + " 'pg_database'::regclass AND mode ="
                                            + " 'RowExclusiveLock'"));
            List<Integer> early = starting.becomeReadOnly();
            try (Connection connection = starting.connected()) {
                assertThat(setting(connection)).isEqualTo("off");
                assertThat(early).contains(pid(connection));
                assertThat(remaining(starting.free, early)).isEqualTo(1);
            }
        }
    }

    /** A client that connects to a server where that takes two seconds. */
    private static final class Starting implements AutoCloseable {
        final Session free;
        final Session other;
        private final LabServer server;
        private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
        private @Nullable Future<Connection> client;

        Starting(Lab lab, String delayed) {
            this.server = lab.server(0);
            this.free = installed(lab);
            this.other = server.superuser("postgres").open("test");
            delay(other, delayed);
        }

        void connect() {
            client = executor.submit(() -> client(server));
        }

        /** Returns who may have read the setting before. */
        List<Integer> becomeReadOnly() {
            free.execute(READ_ONLY);
            return early(free);
        }

        Connection connected() throws Exception {
            return requireNonNull(client).get();
        }

        @Override
        public void close() {
            executor.close();
            other.close();
            free.close();
        }
    }

    /** A session in the database, with the functions of the handover in it. */
    private static Session installed(Lab lab) {
        Endpoint endpoint = lab.server(0).superuser(LabServer.APPLICATION);
        ServerId here = Ledger.look(endpoint, "test").here();
        new Installation(Server.old(endpoint), Server.old(endpoint), Identity.of(here, here), 1)
                .apply((done, total, what) -> {});
        return endpoint.open("test");
    }

    private static void delay(Session session, String setting) {
        String before = session.text("SELECT pg_conf_load_time()::text");
        session.execute("ALTER SYSTEM SET " + setting + " = 2");
        session.text("SELECT pg_reload_conf()");
        Awaitility.await()
                .until(() -> !session.text("SELECT pg_conf_load_time()::text").equals(before));
    }

    private static long processes(LabServer server) {
        return ProcessHandle.of(server.pid()).orElseThrow().children().count();
    }

    private static Connection client(LabServer server) throws SQLException {
        Endpoint application = server.application();
        return DriverManager.getConnection(
                "jdbc:postgresql://%s:%d/%s"
                        .formatted(application.host(), application.port(), application.database()),
                application.user(),
                application.password().reveal());
    }

    private static List<Integer> early(Session session) {
        return session.query(
                "SELECT pid FROM unnest(relevo.await_starting()) AS e (pid)",
                row -> row.integer("pid"));
    }

    private static int remaining(Session session, List<Integer> early) {
        return session.one(DRAIN, row -> row.integer("remaining"), early);
    }

    private static String setting(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var result = statement.executeQuery("SHOW default_transaction_read_only")) {
            result.next();
            return result.getString(1);
        }
    }

    private static int pid(Connection connection) throws SQLException {
        return connection.unwrap(PGConnection.class).getBackendPID();
    }
}
