package dev.relevo.pg;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Connects to an {@link Endpoint} through pgjdbc. */
final class Driver {
    /** Kept, so that it is not collected together with its level. */
    private static final Logger DRIVER_LOG = Logger.getLogger("org.postgresql");

    static {
        // It writes to standard error what its exceptions say anyway.
        DRIVER_LOG.setLevel(Level.OFF);
        SaltedPasswords.remember();
    }

    private Driver() {}

    static Connection connect(Endpoint endpoint, String name, Map<String, String> settings)
            throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://",
                DriverProperties.of(endpoint, name, settings, Environment.ofProcess().home()));
    }

    /** The same for replication commands, which know the simple query protocol only. */
    static Connection connectForReplication(
            Endpoint endpoint, String name, Map<String, String> settings) throws SQLException {
        Properties properties =
                DriverProperties.of(endpoint, name, settings, Environment.ofProcess().home());
        properties.setProperty("replication", "database");
        properties.setProperty("preferQueryMode", "simple");
        return DriverManager.getConnection("jdbc:postgresql://", properties);
    }
}
