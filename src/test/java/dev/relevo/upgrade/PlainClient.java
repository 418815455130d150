package dev.relevo.upgrade;

import dev.relevo.pg.Endpoint;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;

/** The application: its role, one server, no setting of its own. */
final class PlainClient {
    /**
     * Read-only; no privilege; not found, which is how a schema without USAGE looks to who does not
     * name it; the session was ended.
     */
    private static final Set<String> REFUSALS = Set.of("25006", "42501", "42P01", "57P01");

    private final Endpoint endpoint;

    PlainClient(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    Connection connect(int answerWithinSeconds) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", endpoint.user());
        properties.setProperty("password", endpoint.password().reveal());
        properties.setProperty("connectTimeout", "5");
        properties.setProperty("socketTimeout", Integer.toString(answerWithinSeconds));
        Connection connection =
                DriverManager.getConnection(
                        "jdbc:postgresql://%s:%d/%s"
                                .formatted(endpoint.host(), endpoint.port(), endpoint.database()),
                        properties);
        connection.setAutoCommit(false);
        return connection;
    }

    /** Commits a change of an account; returns nothing, or the SQLSTATE of the error. */
    String write() {
        try (Connection connection = connect(1);
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(
                    "UPDATE pgbench_accounts SET abalance = abalance + 0 WHERE aid = 1");
            connection.commit();
            return "";
        } catch (SQLException e) {
            return Objects.requireNonNullElse(e.getSQLState(), "unknown");
        }
    }

    boolean mayWrite() {
        return write().isEmpty();
    }

    boolean isRefused() {
        return isRefusal(write());
    }

    /** Whether an answer of {@link #write} says that nobody may write there. */
    static boolean isRefusal(String sqlState) {
        return REFUSALS.contains(sqlState);
    }
}
