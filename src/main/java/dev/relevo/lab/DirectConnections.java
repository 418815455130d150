package dev.relevo.lab;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/** A new connection for every transaction, as {@code pgbench --connect} does. */
final class DirectConnections implements ClientConnections {
    private final String url;
    private final Properties login;

    DirectConnections(LoadSettings settings) {
        this.url = ClientConnections.url(settings);
        this.login = ClientConnections.login(settings);
    }

    @Override
    public Connection open() throws SQLException {
        Connection connection = DriverManager.getConnection(url, login);
        connection.setAutoCommit(false);
        return connection;
    }

    @Override
    public void close() {
        // Every connection is closed with its transaction.
    }
}
