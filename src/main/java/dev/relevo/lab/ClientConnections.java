package dev.relevo.lab;

import dev.relevo.pg.Endpoint;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import java.util.stream.Collectors;

/** Where the clients of a {@link JdbcLoad} get a connection from, for one transaction each. */
sealed interface ClientConnections extends AutoCloseable
        permits DirectConnections, PooledConnections {

    /** A connection without autocommit, to whichever host accepts writes. */
    Connection open() throws SQLException;

    @Override
    void close();

    /**
     * pgjdbc's counterpart of {@code target_session_attrs=read-write}: it looks at each host in
     * turn and asks whether it is writable. Without {@code hostRecheckSeconds=0} it would prefer,
     * for ten seconds, whichever host was writable before.
     */
    static String url(LoadSettings settings) {
        String hosts =
                settings.hosts().stream()
                        .map(host -> host.host() + ":" + host.port())
                        .collect(Collectors.joining(","));
        return "jdbc:postgresql://"
                + hosts
                + "/"
                + settings.hosts().getFirst().database()
                + "?targetServerType=primary&hostRecheckSeconds=0&connectTimeout=20"
                + "&socketTimeout=60&tcpKeepAlive=true&ApplicationName=pgbench";
    }

    /** Role and password, which do not belong in a URL. */
    static Properties login(LoadSettings settings) {
        Endpoint first = settings.hosts().getFirst();
        Properties login = new Properties();
        login.setProperty("user", first.user());
        login.setProperty("password", first.password().reveal());
        return login;
    }
}
