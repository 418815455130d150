package dev.relevo.pg;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;

/** Connects to an {@link Endpoint} through pgjdbc. */
final class Driver {
    private Driver() {}

    static Connection connect(Endpoint endpoint, String name, Map<String, String> settings)
            throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://",
                DriverProperties.of(endpoint, name, settings, Environment.ofProcess().home()));
    }
}
