package dev.relevo.pg;

import java.sql.SQLException;
import java.util.Objects;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** An error from a server, with the statement that met it. The message is the server's own line. */
public final class PgException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Endpoint endpoint;
    private final transient String statement;
    private final SQLException error;
    private final String message;

    public PgException(Endpoint endpoint, String statement, SQLException error) {
        super(messageOf(error), error);
        this.message = messageOf(error);
        this.endpoint = endpoint;
        this.statement = statement;
        this.error = error;
    }

    /** The server's own line. */
    @Override
    public String getMessage() {
        return message;
    }

    public Endpoint endpoint() {
        return endpoint;
    }

    public String statement() {
        return statement;
    }

    /** The driver's own. */
    SQLException error() {
        return error;
    }

    /** Five characters, never null: {@code XX000} when the driver gave none. */
    public String sqlState() {
        return Objects.requireNonNullElse(error.getSQLState(), "XX000");
    }

    public boolean is(String sqlState) {
        return sqlState().equals(sqlState);
    }

    /** Whether the connection is gone, so that the fate of the last statement is not known. */
    public boolean isConnectionLost() {
        return SqlState.isConnectionLost(sqlState());
    }

    /** Whether there was no answer at all, not even that the connection is closed. */
    public boolean isSilence() {
        return error instanceof SilenceException;
    }

    /** The server's DETAIL, or nothing. */
    public String detail() {
        ServerErrorMessage message = serverMessage();
        return message == null ? "" : Objects.requireNonNullElse(message.getDetail(), "");
    }

    /** The server's HINT, or nothing. */
    public String hint() {
        ServerErrorMessage message = serverMessage();
        return message == null ? "" : Objects.requireNonNullElse(message.getHint(), "");
    }

    private org.postgresql.util.@org.jspecify.annotations.Nullable ServerErrorMessage
            serverMessage() {
        return error instanceof PSQLException psql ? psql.getServerErrorMessage() : null;
    }

    /** Whether a server said this, rather than the driver. */
    static boolean isFromServer(SQLException error) {
        return error instanceof PSQLException psql && psql.getServerErrorMessage() != null;
    }

    private static String messageOf(SQLException error) {
        if (error instanceof PSQLException psql) {
            ServerErrorMessage message = psql.getServerErrorMessage();
            if (message != null && message.getMessage() != null) {
                return message.getMessage();
            }
        }
        return Objects.requireNonNullElse(error.getMessage(), "unknown error")
                .lines()
                .findFirst()
                .orElse("");
    }
}
