package dev.relevo.pg;

import java.io.IOException;
import java.lang.reflect.Field;
import java.sql.SQLException;
import java.util.function.LongConsumer;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyOut;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.PGStream;
import org.postgresql.core.QueryExecutorBase;

/**
 * What {@code COPY … TO STDOUT} of one session says, fed to {@code COPY … FROM STDIN} of another,
 * in pieces of 128 kB whatever the size of a row: a server sends a row as one message, and the
 * driver would hold each in memory as a whole, up to 1 GB. So the messages' bytes are read from the
 * driver's stream; all other messages are left to the driver. A COPY into a server need not keep to
 * messages of rows.
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY">COPY
 *     Operations</a>
 */
public final class CopyPipe {
    private static final int PIECE = 128 << 10;
    private static final Field STREAM = stream();

    private CopyPipe() {}

    /**
     * Runs both to their ends. After an error neither session is fit for more than being closed.
     *
     * @param out {@code COPY … TO STDOUT} without a semicolon
     * @param in {@code COPY … FROM STDIN} in the same format
     * @param each is told the bytes of each piece before it is written, and may take its time
     * @return rows that were loaded
     * @throws PgException of whichever session failed
     */
    public static long run(Session from, String out, Session to, String in, LongConsumer each) {
        Session at = from;
        String statement = out;
        try {
            PGStream source = (PGStream) STREAM.get(executor(from));
            CopyOut reading = from.driver().getCopyAPI().copyOut(out);
            at = to;
            statement = in;
            CopyIn writing = to.driver().getCopyAPI().copyIn(in);
            byte[] piece = new byte[PIECE];
            int filled = 0;
            while (true) {
                at = from;
                statement = out;
                if (source.peekChar() != 'd') {
                    byte[] last = reading.readFromCopy();
                    if (last == null) {
                        break;
                    }
                    // Behind a notice or a changed parameter the driver reads on to the next row.
                    at = to;
                    statement = in;
                    each.accept(filled + last.length);
                    writing.writeToCopy(piece, 0, filled);
                    writing.writeToCopy(last, 0, last.length);
                    filled = 0;
                    continue;
                }
                source.receiveChar();
                int left = source.receiveInteger4() - 4;
                while (left > 0) {
                    int take = Math.min(left, PIECE - filled);
                    source.receive(piece, filled, take);
                    filled += take;
                    left -= take;
                    if (filled == PIECE) {
                        at = to;
                        statement = in;
                        each.accept(filled);
                        writing.writeToCopy(piece, 0, filled);
                        filled = 0;
                        at = from;
                        statement = out;
                    }
                }
            }
            at = to;
            statement = in;
            each.accept(filled);
            writing.writeToCopy(piece, 0, filled);
            return writing.endCopy();
        } catch (IOException e) {
            throw new PgException(
                    at.endpoint(), statement, new SQLException(e.getMessage(), "08006", e));
        } catch (SQLException e) {
            throw new PgException(at.endpoint(), statement, e);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object executor(Session session) {
        return ((BaseConnection) session.driver()).getQueryExecutor();
    }

    private static Field stream() {
        try {
            Field field = QueryExecutorBase.class.getDeclaredField("pgStream");
            field.setAccessible(true);
            return field;
        } catch (NoSuchFieldException e) {
            throw new IllegalStateException(e);
        }
    }
}
