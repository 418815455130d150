package dev.relevo.upgrade;

import dev.relevo.catalog.Side;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** Clients that wait at the gate of one side, each with another first statement. */
final class Waiters implements AutoCloseable {
    private static final List<String> STATEMENTS =
            List.of(
                    "SELECT abalance FROM pgbench_accounts WHERE aid = 1",
                    "UPDATE pgbench_accounts SET abalance = abalance + 0 WHERE aid = 1",
                    "COPY pgbench_branches TO STDOUT",
                    "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; SELECT * FROM pgbench_branches",
                    "DO $$ BEGIN PERFORM * FROM public.pgbench_branches; END $$");

    private static final String AT_THE_GATE =
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                    + " WHERE l.relation = 2615 AND NOT l.granted AND a.application_name NOT LIKE 'relevo %'"
                    + " AND a.backend_type = 'client backend'";

    private static final String SESSIONS =
            "SELECT string_agg(concat_ws(' ', application_name, xact_start::time, state, wait_event, query), '; ')"
                    + " FROM pg_stat_activity WHERE datname = 'pgbench'";

    private final Map<String, CompletableFuture<String>> answers = new LinkedHashMap<>();

    /** Returns when all of them wait. */
    static Waiters at(Ground ground, Side side) {
        Waiters waiters = new Waiters();
        for (String statement : STATEMENTS) {
            waiters.answers.put(
                    statement,
                    CompletableFuture.supplyAsync(
                            () -> run(ground.client(side), statement),
                            Thread.ofPlatform().daemon()::start));
        }
        Ground.await(
                Duration.ofSeconds(20),
                "clients wait at the gate of " + side,
                () -> {
                    waiters.answers.forEach((statement, answer) -> {
                        if (answer.isDone()) {
                            throw new AssertionError(
                                    statement
                                            + " did not wait: '"
                                            + answer.join()
                                            + "'; "
                                            + ground.shared(side, SESSIONS));
                        }
                    });
                    // Others may have come as well.
                    return Integer.parseInt(ground.shared(side, AT_THE_GATE)) >= STATEMENTS.size();
                });
        return waiters;
    }

    /** What each was told in the end: nothing, or a SQLSTATE. */
    Map<String, String> answers() {
        Map<String, String> all = new TreeMap<>();
        answers.forEach((statement, answer) -> all.put(statement, answer.join()));
        return all;
    }

    private static String run(PlainClient client, String sql) {
        try (Connection connection = client.connect(60);
                Statement statement = connection.createStatement()) {
            if (sql.startsWith("COPY")) {
                connection
                        .unwrap(org.postgresql.PGConnection.class)
                        .getCopyAPI()
                        .copyOut(sql)
                        .cancelCopy();
            } else {
                statement.execute(sql);
            }
            connection.commit();
            return "";
        } catch (SQLException e) {
            // The driver's COPY tells of a lost connection, whatever the server said last.
            return sql.startsWith("COPY") && "08006".equals(e.getSQLState())
                    ? "57P01"
                    : String.valueOf(e.getSQLState());
        }
    }

    @Override
    public void close() {
        answers.values().forEach(answer -> answer.cancel(true));
    }
}
