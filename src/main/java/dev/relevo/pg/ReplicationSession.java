package dev.relevo.pg;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.postgresql.PGConnection;

/**
 * A connection to one database that understands replication commands ({@code
 * replication=database}), and takes one of the server's {@code max_wal_senders} while it is open.
 *
 * <p>Needed for one thing that no SQL function can do: a logical slot together with the snapshot in
 * which its changes begin. {@code statement_timeout} does not count for replication commands;
 * {@code lock_timeout} does, and waiting for other transactions is waiting for locks.
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-replication.html">Streaming
 *     Replication Protocol</a>
 */
public final class ReplicationSession implements AutoCloseable {
    private final Connection connection;
    private final Link link;

    private ReplicationSession(Connection connection, Link link) {
        this.connection = connection;
        this.link = link;
    }

    /**
     * A slot, and the snapshot of the data before its first change.
     *
     * @param snapshot for {@code SET TRANSACTION SNAPSHOT}, until this connection closes
     * @param from where the slot's changes begin
     */
    public record Slot(String snapshot, Lsn from) {}

    /**
     * Connects.
     *
     * @param purpose goes into {@code application_name}
     * @param settings GUCs for the session
     * @throws dev.relevo.problem.ProblemException when the server refuses
     */
    public static ReplicationSession open(
            Endpoint endpoint, String purpose, Map<String, String> settings) {
        try (var _ = LongStatements.begin(Running.logIn(endpoint))) {
            Connection connection =
                    Driver.connectForReplication(endpoint, Session.NAME_PREFIX + purpose, settings);
            int pid = connection.unwrap(PGConnection.class).getBackendPID();
            return new ReplicationSession(connection, new Link(endpoint, connection, pid));
        } catch (SQLException e) {
            throw ConnectionProblem.of(endpoint, e).toException(e);
        }
    }

    /** The walsender's process id. */
    public int pid() {
        return link.pid();
    }

    /**
     * Makes a permanent slot of plug-in pgoutput and exports its snapshot. Waits until every
     * transaction that writes now has ended; a slot that was not finished goes away.
     *
     * @throws PgException {@code 55P03} when {@code lock_timeout} ends the wait
     */
    public Slot createSlot(String name) {
        String sql =
                "CREATE_REPLICATION_SLOT "
                        + Quote.ident(name)
                        + " LOGICAL pgoutput EXPORT_SNAPSHOT";
        try (var _ = link.begin(sql);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return new Slot(
                    result.getString("snapshot_name"),
                    Lsn.parse(result.getString("consistent_point")));
        } catch (SQLException e) {
            throw link.failed(sql, e);
        }
    }

    /** Closes the connection; the snapshot cannot be imported any more. Never throws. */
    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            // The connection is gone already, which is all that was asked for.
            assert e != null;
        }
    }
}
