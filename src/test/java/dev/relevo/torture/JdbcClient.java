package dev.relevo.torture;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.SQLExceptionOverride;
import dev.relevo.pg.Endpoint;
import dev.relevo.torture.Seen.Attempt;
import dev.relevo.torture.Seen.Draw;
import dev.relevo.torture.Seen.Outcome;
import dev.relevo.torture.Seen.Read;
import dev.relevo.torture.Seen.Tx;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/** Threads on pgjdbc, of one kind. Each reads a counter, writes one more, and notes what it saw. */
final class JdbcClient implements Client {
    /** An answer that does not come within that time is one that never comes. */
    private static final int ANSWER_SECONDS = 15;

    private static final List<String> LEVELS =
            List.of("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE");

    private final ClientKind kind;
    private final int pace;
    private final Seen seen;
    private final String url;
    private final Properties login = new Properties();
    private final @Nullable HikariDataSource pool;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopping;

    private JdbcClient(ClientKind kind, Seen seen, Endpoint role, List<Integer> ports, int pace) {
        this.kind = kind;
        this.pace = pace;
        this.seen = seen;
        this.url =
                "jdbc:postgresql://"
                        + ports.stream()
                                .map(port -> "127.0.0.1:" + port)
                                .collect(Collectors.joining(","))
                        + "/"
                        + role.database()
                        + "?targetServerType=primary&hostRecheckSeconds=0&connectTimeout=5&socketTimeout="
                        + ANSWER_SECONDS
                        + "&ApplicationName="
                        + kind;
        login.setProperty("user", role.user());
        login.setProperty("password", role.password().reveal());
        if (kind == ClientKind.HOSTILE) {
            login.setProperty("options", "-c default_transaction_read_only=off");
        }
        this.pool = kind == ClientKind.POOL || kind == ClientKind.DRAWS ? pool() : null;
    }

    /**
     * Starts the threads.
     *
     * @param base the number of the first; the others follow
     */
    static Client start(
            ClientKind kind,
            int number,
            Seen seen,
            Endpoint role,
            List<Integer> ports,
            int base,
            int pace) {
        JdbcClient client = new JdbcClient(kind, seen, role, ports, pace);
        for (int each = base; each < base + number; each++) {
            int self = each;
            client.threads.add(
                    Thread.ofPlatform()
                            .daemon()
                            .name(kind + "-" + self)
                            .start(() -> client.work(self)));
        }
        return client;
    }

    private HikariDataSource pool() {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setDataSourceProperties(login);
        config.setMaximumPoolSize(2);
        config.setAutoCommit(false);
        config.setConnectionTimeout(5_000);
        config.setInitializationFailTimeout(-1);
        config.setExceptionOverride(new LeaveReadOnlyServer());
        return new HikariDataSource(config);
    }

    /** A pool stays for ever with a server that has become read-only, unless it is told. */
    private static final class LeaveReadOnlyServer implements SQLExceptionOverride {
        @java.lang.Override
        public SQLExceptionOverride.Override adjudicate(SQLException error) {
            return "25006".equals(error.getSQLState())
                    ? SQLExceptionOverride.Override.MUST_EVICT
                    : SQLExceptionOverride.Override.CONTINUE_EVICT;
        }
    }

    private Connection connect() throws SQLException {
        Connection connection =
                pool == null ? DriverManager.getConnection(url, login) : pool.getConnection();
        connection.setAutoCommit(false);
        return connection;
    }

    private void work(int self) {
        for (int number = 0; !stopping; number++) {
            try (Connection connection = connect()) {
                if (kind == ClientKind.READS) {
                    read(connection, self);
                } else {
                    write(connection, new Tx(self, number));
                }
                if (kind == ClientKind.DRAWS) {
                    draw(connection, self);
                }
            } catch (SQLException e) {
                seen.error(state(e));
            }
            // Connecting is dear.
            int least = pool == null ? 40 : 10;
            pause(pace * (least + ThreadLocalRandom.current().nextInt(2 * least)));
        }
    }

    private void write(Connection connection, Tx id) {
        boolean asked = false;
        long sent = Long.MAX_VALUE;
        try (Statement statement = connection.createStatement()) {
            int account = 1 + ThreadLocalRandom.current().nextInt(Field.ACCOUNTS);
            long counter;
            try (ResultSet row =
                    statement.executeQuery(
                            "SELECT counter FROM accounts WHERE id = " + account + " FOR UPDATE")) {
                row.next();
                counter = row.getLong(1);
            }
            if (kind == ClientKind.LONG) {
                pause(ThreadLocalRandom.current().nextInt(900));
            }
            statement.executeUpdate(
                    "UPDATE accounts SET counter = " + (counter + 1) + " WHERE id = " + account);
            statement.executeUpdate(
                    "INSERT INTO entries (client, n, account, seen, ticket) VALUES (%d, %d, %d, %d, %s)"
                            .formatted(
                                    id.client(),
                                    id.number(),
                                    account,
                                    counter,
                                    kind == ClientKind.DRAWS ? "nextval('tickets')" : "NULL"));
            seen.committing(id);
            asked = true;
            sent = System.nanoTime();
            connection.commit();
            seen.attempt(new Attempt(id, Outcome.COMMITTED, sent, System.nanoTime(), ""));
        } catch (SQLException e) {
            String state = state(e);
            boolean lost =
                    state.isEmpty()
                            || state.startsWith("08")
                            || state.startsWith("57P")
                            || state.startsWith("XX");
            seen.attempt(
                    new Attempt(
                            id,
                            asked && lost ? Outcome.UNKNOWN : Outcome.NOT_COMMITTED,
                            sent,
                            System.nanoTime(),
                            state));
            undo(connection);
        }
    }

    /** Keeps a number although no transaction stands behind it, as applications do. */
    private void draw(Connection connection, int self) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT nextval('tickets'), current_setting('port')")) {
            row.next();
            long ticket = row.getLong(1);
            int port = row.getInt(2);
            connection.commit();
            seen.draw(new Draw(self, ticket, port, System.nanoTime()));
        }
    }

    /** Reads as the first statement of its connection: that is where the gate may hold it. */
    private void read(Connection connection, int self) throws SQLException {
        int account = 1 + ThreadLocalRandom.current().nextInt(Field.ACCOUNTS);
        String level = LEVELS.get(ThreadLocalRandom.current().nextInt(LEVELS.size()));
        boolean copy = ThreadLocalRandom.current().nextInt(3) == 0;
        String sql = "SELECT counter FROM public.accounts WHERE id = " + account;
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET TRANSACTION ISOLATION LEVEL " + level);
            long sent = System.nanoTime();
            long counter;
            if (copy) {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                connection
                        .unwrap(PGConnection.class)
                        .getCopyAPI()
                        .copyOut("COPY (" + sql + ") TO STDOUT", out);
                counter = Long.parseLong(out.toString(StandardCharsets.US_ASCII).strip());
            } else {
                try (ResultSet row = statement.executeQuery(sql)) {
                    row.next();
                    counter = row.getLong(1);
                }
            }
            connection.commit();
            String how = (copy ? "COPY TO, " : "SELECT, ") + level;
            seen.read(new Read(self, how, account, counter, sent));
        } catch (IOException e) {
            throw new SQLException(e);
        }
    }

    private static void undo(Connection connection) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            // Closing it does the same.
            assert e != null;
        }
    }

    private static String state(SQLException e) {
        return Objects.requireNonNullElse(e.getSQLState(), "");
    }

    private static void pause(int millis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    @Override
    public void stop() {
        stopping = true;
        for (Thread thread : threads) {
            try {
                thread.join(TimeUnit.SECONDS.toMillis(ANSWER_SECONDS + 10));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        if (pool != null) {
            pool.close();
        }
    }
}
