package dev.relevo.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the handover takes for granted of PostgreSQL, on the oldest and on the newest version; told
 * in {@code docs/postgresql-notes.md}. If one of these fails on a new version, the handover has to
 * be thought over.
 */
class PostgresFactsTest {
    private static Lab lab;

    @BeforeAll
    static void start() {
        // Nothing may flush the log behind our back.
        lab =
                Lab.start(
                        ServerSpec.of(11).unsafe().with("wal_writer_delay", "10s"),
                        ServerSpec.of(18).unsafe().with("wal_writer_delay", "10s"));
    }

    @AfterAll
    static void stop() {
        lab.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void readOnlyByDatabaseReachesNewSessionsOnlyAndStartUpOptionsBeatIt(int index)
            throws SQLException {
        LabServer server = lab.server(index);
        try (Session admin = admin(server);
                Connection before = client(server, "")) {
            admin.execute("ALTER DATABASE pgbench SET default_transaction_read_only = on");
            try (Connection after = client(server, "");
                    Connection stubborn = client(server, "-c default_transaction_read_only=off")) {
                assertThat(text(before, "SHOW transaction_read_only")).isEqualTo("off");
                assertThat(text(after, "SHOW transaction_read_only")).isEqualTo("on");
                assertThat(text(stubborn, "SHOW transaction_read_only")).isEqualTo("off");
                run(after, "SET default_transaction_read_only = off");
                assertThat(text(after, "SHOW transaction_read_only")).isEqualTo("off");
            } finally {
                admin.execute("ALTER DATABASE pgbench RESET default_transaction_read_only");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aBackendThatWaitsForALockGoesOnWhenItsClientIsGone(int index) throws Exception {
        LabServer server = lab.server(index);
        try (Session holder = admin(server);
                Session observer = admin(server)) {
            observer.execute("CREATE TABLE facts_dead_man (x int)");
            holder.text("SELECT pg_advisory_lock(1, 1)");
            Connection waiter = DriverManager.getConnection(url(server), login(server, ""));
            int pid = Integer.parseInt(text(waiter, "SELECT pg_backend_pid()"));
            CompletableFuture<Void> watch =
                    CompletableFuture.runAsync(() -> {
                        try {
                            run(
                                    waiter,
                                    "DO $$ BEGIN PERFORM pg_advisory_lock(1, 1);"
                                            + " INSERT INTO public.facts_dead_man VALUES (1); END $$");
                        } catch (SQLException e) {
                            throw new IllegalStateException(e);
                        }
                    });
            until(() -> waits(observer, pid));
            waiter.abort(Runnable::run);
            // The driver noticed; the backend did not.
            assertThat(watch.handle((_, e) -> e != null).join()).isTrue();
            assertThat(waits(observer, pid)).isTrue();
            holder.text("SELECT pg_advisory_unlock(1, 1)");
            until(() -> observer.exists("SELECT FROM public.facts_dead_man"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aBackendWhoseClientIsGoneDiesOfAWarningUnlessItSendsNone(int index) throws Exception {
        LabServer server = lab.server(index);
        try (Session holder = admin(server);
                Session observer = admin(server)) {
            observer.execute("CREATE TABLE facts_warned (level text)");
            for (String level : new String[] {"warning", "error"}) {
                holder.text("SELECT pg_advisory_lock(1, 2)");
                Connection waiter =
                        DriverManager.getConnection(
                                url(server), login(server, "-c client_min_messages=" + level));
                int pid = Integer.parseInt(text(waiter, "SELECT pg_backend_pid()"));
                CompletableFuture<Boolean> watch =
                        CompletableFuture.supplyAsync(() -> {
                            try {
                                run(
                                        waiter,
                                        """
                                        DO $$ BEGIN
                                            PERFORM pg_advisory_lock(1, 2);
                                            FOR i IN 1..50 LOOP
                                                PERFORM pg_terminate_backend(2147483647);
                                                PERFORM pg_sleep(0.001);
                                            END LOOP;
                                            INSERT INTO public.facts_warned VALUES
                                                (current_setting('client_min_messages'));
                                        END $$
                                        """);
                                return true;
                            } catch (SQLException e) {
                                return false;
                            }
                        });
                until(() -> waits(observer, pid));
                waiter.abort(Runnable::run);
                assertThat(watch.join()).isFalse();
                holder.text("SELECT pg_advisory_unlock(1, 2)");
                until(() -> !observer.exists("SELECT FROM pg_stat_activity WHERE pid = ?", pid));
            }
            assertThat(observer.text("SELECT string_agg(level, ',') FROM public.facts_warned"))
                    .isEqualTo("error");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void statementTriggersFireForTheNamedTableOnlyAndNotInReplicaRole(int index) {
        try (Session session = admin(lab.server(index))) {
            session.execute(
                    """
                    CREATE TABLE facts_parent (x int) PARTITION BY LIST (x);
                    CREATE TABLE facts_leaf PARTITION OF facts_parent FOR VALUES IN (1);
                    CREATE FUNCTION facts_refuse() RETURNS trigger LANGUAGE plpgsql AS
                        $$ BEGIN RAISE EXCEPTION USING ERRCODE = '25006'; END $$;
                    CREATE TRIGGER fence BEFORE INSERT OR TRUNCATE ON facts_leaf
                        FOR EACH STATEMENT EXECUTE FUNCTION facts_refuse();
                    """);
            String throughParent = "INSERT INTO facts_parent VALUES (1)";
            session.execute(throughParent);
            refused(session, "INSERT INTO facts_leaf VALUES (1)", "25006");
            session.execute(
                    "CREATE TRIGGER fence BEFORE INSERT ON facts_parent FOR EACH STATEMENT"
                            + " EXECUTE FUNCTION facts_refuse()");
            refused(session, throughParent, "25006");
            session.set("session_replication_role", "replica");
            session.execute(throughParent);
            session.execute("TRUNCATE facts_leaf");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void privilegesOfSchemasCanBeKeptInATableAndWrittenBackExactly(int index) {
        try (Session session = admin(lab.server(index))) {
            session.execute(
                    """
                    CREATE SCHEMA facts_default;
                    CREATE SCHEMA facts_granted;
                    GRANT USAGE ON SCHEMA facts_granted TO pgbench WITH GRANT OPTION;
                    SET ROLE pgbench;
                    GRANT USAGE ON SCHEMA facts_granted TO PUBLIC;
                    RESET ROLE;
                    """);
            String acls =
                    "SELECT string_agg(nspname || coalesce(nspacl::text, ' null'), ' ' ORDER BY nspname)"
                            + " FROM pg_namespace WHERE nspname LIKE 'facts%'";
            String before = session.text(acls);
            assertThat(before).contains("facts_default null", "U*/postgres", "=U/pgbench");
            session.execute(
                    """
                    CREATE TABLE facts_acl AS SELECT oid AS schema, nspacl AS acl FROM pg_namespace
                        WHERE nspname LIKE 'facts%';
                    UPDATE pg_namespace SET nspacl = ARRAY[makeaclitem(10, 10, 'USAGE', false)]
                        WHERE nspname LIKE 'facts%';
                    """);
            assertThat(
                            session.text(
                                    "SELECT has_schema_privilege('pgbench', 'facts_granted', 'USAGE')"))
                    .isEqualTo("f");
            session.execute(
                    "UPDATE pg_namespace n SET nspacl = s.acl FROM facts_acl s WHERE s.schema = n.oid");
            assertThat(session.text(acls)).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void behindTheGateOneConnectsAndWaitsButOnlyWithInitFilesDoesOneConnect(int index)
            throws SQLException {
        LabServer server = lab.server(index);
        String files =
                "SELECT count((pg_stat_file(d || '/pg_internal.init', true)).size) FROM unnest(ARRAY['global',"
                        + " regexp_replace(pg_relation_filepath('pg_class'), '/[^/]*$', '')]) d";
        try (Session gate = admin(server)) {
            admin(server).close();
            assertThat(gate.text(files)).isEqualTo("2");
            gate.begin();
            gate.execute("LOCK TABLE pg_catalog.pg_namespace IN ACCESS EXCLUSIVE MODE");
            try (Connection waits = client(server, "-c lock_timeout=300ms")) {
                assertThat(text(waits, "SELECT 1")).isEqualTo("1");
                assertThatThrownBy(() -> run(waits, "SELECT FROM public.nothing"))
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e ->
                                        assertThat(e.getSQLState())
                                                .isEqualTo(SqlState.LOCK_NOT_AVAILABLE));
            }
            gate.rollback();

            gate.execute("VACUUM pg_catalog.pg_class");
            assertThat(gate.text(files)).isNotEqualTo("2");
            gate.begin();
            gate.execute("LOCK TABLE pg_catalog.pg_namespace IN ACCESS EXCLUSIVE MODE");
            Properties impatient = login(server, "-c lock_timeout=300ms");
            impatient.setProperty("loginTimeout", "2");
            // No setting of its own counts yet.
            assertThatThrownBy(() -> DriverManager.getConnection(url(server), impatient))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("timed out");
            assertThat(
                            gate.exists(
                                    "SELECT FROM pg_locks WHERE NOT granted AND relation = 'pg_namespace'::regclass"))
                    .isTrue();
            gate.rollback();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aSlotIsNotMadeWhileAWriterIsOpenAndLeavesNothingWhenCancelled(int index) {
        try (Session writer = admin(lab.server(index));
                Session maker =
                        lab.server(index)
                                .superuser(LabServer.APPLICATION)
                                .open("facts", Map.of("statement_timeout", "500ms"))) {
            writer.begin();
            writer.text("SELECT txid_current()");
            String create = "SELECT pg_create_logical_replication_slot('facts', 'pgoutput')";
            refused(maker, create, SqlState.QUERY_CANCELED);
            assertThat(maker.exists("SELECT FROM pg_replication_slots")).isFalse();
            writer.rollback();
            maker.text(create);
            maker.text("SELECT pg_drop_replication_slot('facts')");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void ofTwoThatSetADatabasesDefaultsAtOnceOneFails(int index) throws Exception {
        try (Session first = admin(lab.server(index));
                Session second = admin(lab.server(index));
                Session observer = admin(lab.server(index))) {
            first.execute("ALTER DATABASE pgbench SET work_mem = '5MB'");
            first.begin();
            first.execute("ALTER DATABASE pgbench SET work_mem = '6MB'");
            CompletableFuture<Void> other =
                    CompletableFuture.runAsync(
                            () -> second.execute("ALTER DATABASE pgbench SET work_mem = '7MB'"));
            until(() -> waits(observer, second.pid()));
            first.commit();
            assertThatThrownBy(other::join)
                    .hasCauseInstanceOf(PgException.class)
                    .hasMessageContaining("tuple concurrently updated");
            first.execute("ALTER DATABASE pgbench RESET work_mem");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aCrashTakesBackTheAdvanceOfASlotAndASequenceThatNobodyFlushed(int index) {
        LabServer server = lab.server(index);
        String position =
                "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = 'facts_slot'";
        String made;
        try (Session session = admin(server)) {
            session.text("SELECT pg_create_logical_replication_slot('facts_slot', 'pgoutput')");
            session.execute(
                    "CREATE SEQUENCE facts_lost; CREATE SEQUENCE facts_kept; CREATE TABLE facts_x ()");
            made = session.text(position);
            session.text("SELECT setval('facts_kept', 1000)");
            session.text(
                    "SELECT end_lsn FROM pg_replication_slot_advance('facts_slot', pg_current_wal_flush_lsn())");
            assertThat(session.text(position)).isNotEqualTo(made);
            session.begin();
            session.text("SELECT setval('facts_lost', 1000)");
            server.crash();
        }
        server.start();
        try (Session session = admin(server)) {
            assertThat(session.text(position)).isEqualTo(made);
            assertThat(session.text("SELECT last_value FROM facts_kept")).isEqualTo("1000");
            assertThat(session.text("SELECT last_value FROM facts_lost")).isEqualTo("1");
            session.text("SELECT pg_drop_replication_slot('facts_slot')");
        }
    }

    /** From 11 to 18, as the handover's own tables have it. */
    @Test
    void anApplyWorkerFiresReplicaTriggersButNoOriginTriggersNotEvenForTruncate() {
        LabServer publisher = lab.server(0);
        try (Session here = admin(publisher);
                Session there = admin(lab.server(1))) {
            here.execute(
                    """
                    CREATE TABLE facts_sent (x int PRIMARY KEY);
                    CREATE PUBLICATION facts FOR TABLE facts_sent;
                    """);
            here.text("SELECT pg_create_logical_replication_slot('facts_apply', 'pgoutput')");
            there.execute(
                    """
                    CREATE TABLE facts_sent (x int PRIMARY KEY);
                    CREATE TABLE facts_fired (op text);
                    CREATE FUNCTION facts_fence() RETURNS trigger LANGUAGE plpgsql AS
                        $$ BEGIN RAISE EXCEPTION 'fence'; END $$;
                    CREATE FUNCTION facts_note() RETURNS trigger LANGUAGE plpgsql AS
                        $$ BEGIN INSERT INTO public.facts_fired VALUES (TG_OP); RETURN NULL; END $$;
                    CREATE TRIGGER fence BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON facts_sent
                        FOR EACH STATEMENT EXECUTE FUNCTION facts_fence();
                    CREATE TRIGGER note AFTER INSERT ON facts_sent FOR EACH ROW EXECUTE FUNCTION facts_note();
                    ALTER TABLE facts_sent ENABLE REPLICA TRIGGER note;
                    """);
            Endpoint login = publisher.superuser(LabServer.APPLICATION);
            there.execute(
                    "CREATE SUBSCRIPTION facts CONNECTION "
                            + Quote.literal(login.conninfo(login.password()))
                            + " PUBLICATION facts WITH (create_slot = false, slot_name = 'facts_apply',"
                            + " copy_data = false)");
            here.execute("INSERT INTO facts_sent VALUES (1)");
            here.execute("TRUNCATE facts_sent");
            here.execute("INSERT INTO facts_sent VALUES (2)");
            until(() -> there.exists("SELECT FROM facts_sent WHERE x = 2"));
            assertThat(there.text("SELECT count(*) FROM facts_sent")).isEqualTo("1");
            assertThat(there.text("SELECT string_agg(op, ' ') FROM facts_fired"))
                    .isEqualTo("INSERT INSERT");
            there.execute("ALTER SUBSCRIPTION facts DISABLE");
            there.execute("DROP SUBSCRIPTION facts");
        }
    }

    private static Session admin(LabServer server) {
        return server.superuser(LabServer.APPLICATION)
                .open("facts", Map.of("search_path", "public, pg_catalog"));
    }

    /** A session with nobody's settings but the server's, and {@code options}. */
    private static Connection client(LabServer server, String options) throws SQLException {
        return DriverManager.getConnection(url(server), login(server, options));
    }

    private static String url(LabServer server) {
        return "jdbc:postgresql://127.0.0.1:" + server.port() + "/" + LabServer.APPLICATION;
    }

    private static Properties login(LabServer server, String options) {
        Endpoint endpoint = server.superuser(LabServer.APPLICATION);
        Properties login = new Properties();
        login.setProperty("user", endpoint.user());
        login.setProperty("password", endpoint.password().reveal());
        // A prepared statement asks for the search path, which takes a look into pg_namespace.
        login.setProperty("preferQueryMode", "simple");
        if (!options.isEmpty()) {
            login.setProperty("options", options);
        }
        return login;
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String text(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getString(1);
        }
    }

    private static void refused(Session session, String sql, String state) {
        assertThatThrownBy(() -> session.execute(sql))
                .isInstanceOfSatisfying(
                        PgException.class,
                        e -> assertThat(e.is(state)).as(e.getMessage()).isTrue());
    }

    private static boolean waits(Session observer, int pid) {
        return observer.exists("SELECT FROM pg_locks WHERE pid = ? AND NOT granted", pid);
    }

    private static void until(java.util.concurrent.Callable<Boolean> condition) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(15))
                .pollInterval(Duration.ofMillis(20))
                .until(condition);
    }
}
