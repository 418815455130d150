package dev.relevo.pg;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * One connection to one database, used by one thread at a time.
 *
 * <p>Transactions are begun and ended with plain {@code BEGIN}, {@code COMMIT} and {@code
 * ROLLBACK}, so that what the code says is what the server gets. Errors arrive as {@link
 * PgException}, which knows the SQLSTATE.
 */
public final class Session implements AutoCloseable {
    /** What every session of Relevo's has as {@code application_name}, followed by its purpose. */
    public static final String NAME_PREFIX = "relevo ";

    private final Endpoint endpoint;
    private final Map<String, String> settings;
    private final Connection connection;
    private final ServerVersion version;
    private final Link link;
    private boolean closed;

    private Session(
            Endpoint endpoint,
            Map<String, String> settings,
            Connection connection,
            ServerVersion version,
            Link link) {
        this.endpoint = endpoint;
        this.settings = settings;
        this.connection = connection;
        this.version = version;
        this.link = link;
    }

    /**
     * Connects and sets what every session of Relevo's needs, see {@link Pins}: {@code
     * search_path=pg_catalog}, read-write, read committed, {@code synchronous_commit=on}, {@code
     * session_replication_role=origin}, {@code lock_timeout} 5 s, {@code statement_timeout} 60 s.
     * Somebody who is not a superuser gets what he may set.
     *
     * @param purpose goes into {@code application_name}, behind {@link #NAME_PREFIX}
     * @param settings GUCs that win over the ones above
     * @throws dev.relevo.problem.ProblemException when the server cannot be reached or refuses us
     */
    public static Session open(Endpoint endpoint, String purpose, Map<String, String> settings) {
        return open(endpoint, purpose, settings, Duration.ZERO);
    }

    /** The same with {@link #limitAnswers} from the first one on. */
    public static Session open(
            Endpoint endpoint, String purpose, Map<String, String> settings, Duration longest) {
        Map<String, String> all = new LinkedHashMap<>(Pins.atStart());
        all.putAll(settings);
        while (true) {
            try {
                return login(endpoint, NAME_PREFIX + purpose, all, longest);
            } catch (SQLException e) {
                // A limit so short that it ended the session before it could be taken away; so the
                // server has it, and takes it as a start-up option.
                String limit = Timeouts.endedBy(e.getSQLState());
                if (limit.isEmpty() || all.put(limit, "0") != null) {
                    throw ConnectionProblem.of(endpoint, e).toException(e);
                }
            }
        }
    }

    private static Session login(
            Endpoint endpoint, String name, Map<String, String> all, Duration longest)
            throws SQLException {
        Optional<Connection> kept = KeptSessions.take(endpoint, name, all);
        Connection connection = kept.isPresent() ? kept.get() : connect(endpoint, name, all);
        int pid = connection.unwrap(PGConnection.class).getBackendPID();
        Link link = new Link(endpoint, connection, pid);
        try (var _ = link.begin("log-in")) {
            if (longest.isPositive()) {
                link.limit(longest);
            }
            int number = Integer.parseInt(versionOf(connection));
            ConnectionProblem.requireSupported(endpoint, number);
            ServerVersion version = new ServerVersion(number);
            pin(connection, version, all);
            return new Session(endpoint, all, connection, version, link);
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private static Connection connect(Endpoint endpoint, String name, Map<String, String> settings)
            throws SQLException {
        try (var _ = LongStatements.begin(Running.logIn(endpoint))) {
            return Driver.connect(endpoint, name, settings);
        }
    }

    /** What cannot be a start-up option: in one statement, or without what only superusers may. */
    private static void pin(
            Connection connection, ServerVersion version, Map<String, String> settings)
            throws SQLException {
        List<String> anybody = Pins.statements(version, settings);
        List<String> all = new ArrayList<>(anybody);
        all.addAll(Pins.privilegedStatements(settings));
        try (Statement statement = connection.createStatement()) {
            try {
                statement.execute(String.join("; ", all));
            } catch (SQLException e) {
                if (!SqlState.INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
                    throw e;
                }
                if (!anybody.isEmpty()) {
                    statement.execute(String.join("; ", anybody));
                }
            }
        }
    }

    private static String versionOf(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SHOW server_version_num")) {
            result.next();
            return result.getString(1);
        }
    }

    public Endpoint endpoint() {
        return endpoint;
    }

    public ServerVersion version() {
        return version;
    }

    /** The backend's process id, as in {@code pg_stat_activity.pid}. */
    public int pid() {
        return link.pid();
    }

    /** Runs one statement, or several separated by semicolons, without parameters. */
    public void execute(String sql) {
        executeSecret(sql, sql);
    }

    /**
     * Runs a statement that holds a secret. An error carries {@code shown} in its place.
     *
     * @param shown the same statement with the secret masked
     */
    public void executeSecret(String sql, String shown) {
        try (var _ = link.begin(shown);
                Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(sql);
        } catch (SQLException e) {
            throw link.failed(shown, e);
        }
    }

    /** Runs one statement and tells how many rows it touched. */
    public int update(String sql, @Nullable Object... arguments) {
        try (var _ = link.begin(sql);
                PreparedStatement statement = prepare(sql, arguments)) {
            return statement.executeUpdate();
        } catch (SQLException e) {
            throw link.failed(sql, e);
        }
    }

    /** All rows of a query. */
    public <T> List<T> query(String sql, Row.Mapper<T> mapper, @Nullable Object... arguments) {
        try (var _ = link.begin(sql);
                PreparedStatement statement = prepare(sql, arguments);
                ResultSet result = statement.executeQuery()) {
            List<T> rows = new ArrayList<>();
            Row row = new Row(result);
            while (result.next()) {
                rows.add(mapper.map(row));
            }
            return rows;
        } catch (SQLException e) {
            throw link.failed(sql, e);
        }
    }

    /** The first row of a query, if there is one. */
    public <T> Optional<T> first(String sql, Row.Mapper<T> mapper, @Nullable Object... arguments) {
        List<T> rows = query(sql, mapper, arguments);
        return rows.isEmpty() ? Optional.empty() : Optional.of(rows.getFirst());
    }

    /** The only row of a query that always has one. */
    public <T> T one(String sql, Row.Mapper<T> mapper, @Nullable Object... arguments) {
        return first(sql, mapper, arguments)
                .orElseThrow(() -> new IllegalStateException("no row from: " + sql));
    }

    /** The first column of the only row, as text; for {@code SHOW} and single values. */
    public String text(String sql, @Nullable Object... arguments) {
        try (var _ = link.begin(sql);
                PreparedStatement statement = prepare(sql, arguments);
                ResultSet result = statement.executeQuery()) {
            if (!result.next()) {
                throw new IllegalStateException("no row from: " + sql);
            }
            String value = result.getString(1);
            return value == null ? "" : value;
        } catch (SQLException e) {
            throw link.failed(sql, e);
        }
    }

    /** Whether a query returns a row. */
    public boolean exists(String sql, @Nullable Object... arguments) {
        return first(sql, row -> true, arguments).isPresent();
    }

    public void begin() {
        execute("BEGIN");
    }

    public void commit() {
        execute("COMMIT");
    }

    public void rollback() {
        execute("ROLLBACK");
    }

    /**
     * Runs {@code work} in a transaction: committed when it returns, rolled back when it throws.
     */
    public void transaction(Runnable work) {
        begin();
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            try {
                rollback();
            } catch (PgException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
        commit();
    }

    /** Sets a GUC for the rest of the session. */
    public void set(String name, String value) {
        text("SELECT pg_catalog.set_config(?, ?, false)", name, value);
    }

    /**
     * From now on no answer may take longer. One that does counts as a lost connection, whatever
     * the server is doing.
     *
     * @param longest zero for any time
     */
    public void limitAnswers(Duration longest) {
        try {
            link.limit(longest);
        } catch (SQLException e) {
            throw link.failed("", e);
        }
    }

    /**
     * Closes the connection from any thread, without a word to the server and without waiting: the
     * server is silent, and a statement may be under way that would wait for it. That statement
     * fails with {@code why}, as one whose connection is lost.
     */
    public void abandon(String why) {
        link.abandon(why);
    }

    /**
     * Nobody looks at what runs here, however long it takes: whoever runs it knows, or a session
     * more would be in the way.
     */
    public Session unattended() {
        link.unattended();
        return this;
    }

    /** For what runs here by other ways than these methods. */
    Link link() {
        return link;
    }

    /** The driver's connection, for COPY and the like. */
    public PGConnection driver() {
        try {
            return connection.unwrap(PGConnection.class);
        } catch (SQLException e) {
            throw new PgException(endpoint, "", e);
        }
    }

    /**
     * Closes the connection, unless it is one of {@link KeptSessions}; what is open in it is rolled
     * back by the server. Never throws.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (KeptSessions.keep(connection, endpoint, settings)) {
            return;
        }
        try {
            connection.close();
        } catch (SQLException e) {
            // The connection is gone already, which is all that was asked for.
            assert e != null;
        }
    }

    private PreparedStatement prepare(String sql, @Nullable Object... arguments)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < arguments.length; i++) {
            Object argument = arguments[i];
            if (argument instanceof List<?> list) {
                statement.setArray(i + 1, array(list));
            } else if (argument instanceof Lsn lsn) {
                statement.setString(i + 1, lsn.toString());
            } else {
                statement.setObject(i + 1, argument);
            }
        }
        return statement;
    }

    private java.sql.Array array(List<?> list) throws SQLException {
        String type =
                switch (list.isEmpty() ? "" : list.getFirst()) {
                    case Integer _ -> "int4";
                    case Long _ -> "int8";
                    case Boolean _ -> "bool";
                    default -> "text";
                };
        return connection.createArrayOf(type, list.toArray());
    }
}
