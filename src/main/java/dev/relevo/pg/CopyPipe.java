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

    /** Leaves every row as it is. */
    public static final Rows AS_THEY_ARE = (bytes, from, end) -> end;

    private final Session from;
    private final Session to;
    private final String out;
    private final String in;
    private final Rows rows;
    private final LongConsumer each;
    private final byte[] piece = new byte[PIECE];
    private int filled;
    private long read;

    /** Whether it is the server that is read from whose word is awaited. */
    private boolean reads = true;

    private CopyPipe(
            Session from, String out, Session to, String in, Rows rows, LongConsumer each) {
        this.from = from;
        this.to = to;
        this.out = out;
        this.in = in;
        this.rows = rows;
        this.each = each;
    }

    /** Has a look at rows on their way. */
    @FunctionalInterface
    public interface Rows {
        /**
         * May make a message shorter in place: a row, or whatever a server sends as one. A message
         * longer than 128 kB passes by.
         *
         * @return the new end, not behind the old one
         */
        int shorten(byte[] bytes, int from, int end);
    }

    /**
     * Runs both to their ends. After an error neither session is fit for more than being closed.
     *
     * @param out {@code COPY … TO STDOUT} without a semicolon
     * @param in {@code COPY … FROM STDIN} in the same format
     * @param rows sees the messages
     * @param each is told how many bytes were read for a piece before it is written, and may take
     *     its time
     * @return rows that were loaded
     * @throws PgException of whichever session failed
     */
    public static long run(
            Session from, String out, Session to, String in, Rows rows, LongConsumer each) {
        CopyPipe pipe = new CopyPipe(from, out, to, in, rows, each);
        try {
            return pipe.run();
        } catch (IOException e) {
            throw pipe.failed(new SQLException(e.getMessage(), "08006", e));
        } catch (SQLException e) {
            throw pipe.failed(e);
        }
    }

    private PgException failed(SQLException cause) {
        return (reads ? from : to).link().failed(reads ? out : in, cause);
    }

    private long run() throws SQLException, IOException {
        try (Running here = from.link().begin(out);
                var _ = to.link().begin(in)) {
            return run(here);
        }
    }

    private long run(Running here) throws SQLException, IOException {
        PGStream source = stream(from);
        CopyOut reading = from.driver().getCopyAPI().copyOut(out);
        reads = false;
        CopyIn writing = to.driver().getCopyAPI().copyIn(in);
        reads = true;
        while (true) {
            if (source.peekChar() == 'd') {
                source.receiveChar();
                pass(source, source.receiveInteger4() - Integer.BYTES, writing);
                continue;
            }
            byte[] last = reading.readFromCopy();
            if (last == null) {
                break;
            }
            // Behind a notice or a changed parameter the driver reads on to the next row.
            write(writing);
            read = last.length;
            write(writing, last, last.length);
        }
        here.close(); // it has nothing more to say
        write(writing);
        reads = false;
        return writing.endCopy();
    }

    /** Takes a message into the piece, which is written when no more goes in. */
    private void pass(PGStream source, int length, CopyIn writing)
            throws SQLException, IOException {
        if (length > PIECE - filled) {
            write(writing);
        }
        if (length <= PIECE) {
            source.receive(piece, filled, length);
            read += length;
            filled = rows.shorten(piece, filled, filled + length);
            return;
        }
        int left = length;
        while (left > 0) {
            int take = Math.min(left, PIECE);
            source.receive(piece, 0, take);
            read = take;
            write(writing, piece, take);
            left -= take;
        }
    }

    private void write(CopyIn writing) throws SQLException {
        write(writing, piece, filled);
        filled = 0;
    }

    private void write(CopyIn writing, byte[] bytes, int length) throws SQLException {
        reads = false;
        each.accept(read);
        writing.writeToCopy(bytes, 0, length);
        read = 0;
        reads = true;
    }

    private static PGStream stream(Session session) {
        try {
            return (PGStream) STREAM.get(((BaseConnection) session.driver()).getQueryExecutor());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
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
