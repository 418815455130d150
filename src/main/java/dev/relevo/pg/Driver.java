package dev.relevo.pg;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;

/** Translates an {@link Endpoint} into what pgjdbc understands, and connects. */
final class Driver {
    private Driver() {}

    static Connection connect(Endpoint endpoint, String name, Map<String, String> settings)
            throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("PGHOST", endpoint.host());
        properties.setProperty("PGPORT", Integer.toString(endpoint.port()));
        properties.setProperty("PGDBNAME", endpoint.database());
        properties.setProperty("user", endpoint.user());
        // Always given: with none pgjdbc would look into a .pgpass of its own choosing.
        properties.setProperty("password", endpoint.password().reveal());
        properties.setProperty(
                "ApplicationName", name.length() > 63 ? name.substring(0, 63) : name);
        properties.setProperty("assumeMinServerVersion", "10");
        properties.setProperty("prepareThreshold", "0");
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty(
                "connectTimeout", Long.toString(Endpoint.CONNECT_TIMEOUT.toSeconds()));
        properties.setProperty("loginTimeout", Long.toString(Endpoint.CONNECT_TIMEOUT.toSeconds()));
        StringBuilder options = new StringBuilder();
        settings.forEach((key, value) ->
                options.append("-c ")
                        .append(key)
                        .append('=')
                        .append(value.replace("\\", "\\\\").replace(" ", "\\ "))
                        .append(' '));
        properties.setProperty("options", options.toString().strip());
        return DriverManager.getConnection("jdbc:postgresql://", properties);
    }
}
