package dev.relevo.lab;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import java.util.concurrent.Semaphore;

/**
 * A new connection for every transaction, as {@code pgbench --connect} does. As there, no more
 * clients connect at once than there are jobs: a thread of pgbench can do nothing else meanwhile.
 */
final class DirectConnections implements ClientConnections {
    private final String url;
    private final Properties login;
    private final Semaphore jobs;

    DirectConnections(LoadSettings settings) {
        this.url = ClientConnections.url(settings);
        this.login = ClientConnections.login(settings);
        this.jobs = new Semaphore(settings.jobs());
    }

    @Override
    public Connection open() throws SQLException {
        jobs.acquireUninterruptibly();
        try {
            Connection connection = DriverManager.getConnection(url, login);
            connection.setAutoCommit(false);
            return connection;
        } finally {
            jobs.release();
        }
    }

    @Override
    public void close() {
        // Every connection is closed with its transaction.
    }
}
