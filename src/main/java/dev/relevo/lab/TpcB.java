package dev.relevo.lab;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.ThreadLocalRandom;

/**
 * pgbench's built-in transaction, "TPC-B (sort of)", statement by statement.
 *
 * @param scale how many branches there are
 */
record TpcB(int scale) {

    /** Counts the branches, as pgbench does when it starts. */
    static TpcB of(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result =
                        statement.executeQuery("SELECT count(*) FROM pgbench_branches")) {
            result.next();
            return new TpcB(result.getInt(1));
        } finally {
            connection.rollback();
        }
    }

    /** All but the COMMIT; {@code name} goes into {@code pgbench_history.filler}. */
    void run(Connection connection, String name) throws SQLException {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        int aid = random.nextInt(1, 100_000 * scale + 1);
        int bid = random.nextInt(1, scale + 1);
        int tid = random.nextInt(1, 10 * scale + 1);
        int delta = random.nextInt(-5000, 5001);
        update(
                connection,
                "UPDATE pgbench_accounts SET abalance = abalance + ? WHERE aid = ?",
                delta,
                aid);
        select(connection, "SELECT abalance FROM pgbench_accounts WHERE aid = ?", aid);
        update(
                connection,
                "UPDATE pgbench_tellers SET tbalance = tbalance + ? WHERE tid = ?",
                delta,
                tid);
        update(
                connection,
                "UPDATE pgbench_branches SET bbalance = bbalance + ? WHERE bid = ?",
                delta,
                bid);
        update(
                connection,
                "INSERT INTO pgbench_history (tid, bid, aid, delta, mtime, filler)"
                        + " VALUES (?, ?, ?, ?, CURRENT_TIMESTAMP, ?)",
                tid,
                bid,
                aid,
                delta,
                name);
    }

    private static void update(Connection connection, String sql, Object... arguments)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < arguments.length; i++) {
                statement.setObject(i + 1, arguments[i]);
            }
            int rows = statement.executeUpdate();
            if (rows != 1) {
                throw new SQLException(rows + " rows instead of one: " + sql);
            }
        }
    }

    private static void select(Connection connection, String sql, int aid) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setInt(1, aid);
            try (ResultSet result = statement.executeQuery()) {
                if (!result.next()) {
                    throw new SQLException("no row: " + sql);
                }
            }
        }
    }
}
