package dev.relevo.lab;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.SQLExceptionOverride;
import dev.relevo.pg.SqlState;
import java.sql.Connection;
import java.sql.SQLException;

/** As many persistent connections as there are clients, in HikariCP. */
final class PooledConnections implements ClientConnections {
    private final HikariDataSource pool;

    PooledConnections(LoadSettings settings) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("relevo-load");
        config.setJdbcUrl(ClientConnections.url(settings));
        config.setDataSourceProperties(ClientConnections.login(settings));
        config.setMaximumPoolSize(settings.clients());
        config.setAutoCommit(false);
        config.setConnectionTimeout(20_000);
        config.setInitializationFailTimeout(-1);
        config.setExceptionOverride(new LeaveReadOnlyServer());
        this.pool = new HikariDataSource(config);
    }

    @Override
    public Connection open() throws SQLException {
        return pool.getConnection();
    }

    @Override
    public void close() {
        pool.close();
    }

    /**
     * HikariCP by itself drops connections that are lost, but would stay for ever with a server
     * that has become read-only. Applications that know of fail-over set this.
     */
    private static final class LeaveReadOnlyServer implements SQLExceptionOverride {
        @java.lang.Override
        public SQLExceptionOverride.Override adjudicate(SQLException error) {
            return SqlState.READ_ONLY_SQL_TRANSACTION.equals(error.getSQLState())
                    ? SQLExceptionOverride.Override.MUST_EVICT
                    : SQLExceptionOverride.Override.CONTINUE_EVICT;
        }
    }
}
