package dev.relevo.copy;

import dev.relevo.catalog.Column;
import dev.relevo.pg.CopyPipe;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Takes the blanks off that fill up {@code character(n)}, in rows of COPY's binary format. They
 * mean nothing, and the new server puts them there again as it stores the value; but on their way
 * it checks and counts them one by one, which is a third of what loading pgbench's rows costs it.
 *
 * @see <a href="https://www.postgresql.org/docs/current/datatype-character.html">Character
 *     Types</a>
 * @see <a href="https://www.postgresql.org/docs/current/sql-copy.html">COPY, Binary Format</a>
 */
final class Padding implements CopyPipe.Rows {
    /** Of fewer characters it does not pay. */
    private static final int LEAST = 8;

    private static final Pattern CHARACTER = Pattern.compile("character\\(([0-9]+)\\)");
    private static final byte[] BLANKS = new byte[256];

    static {
        Arrays.fill(BLANKS, (byte) ' ');
    }

    private final boolean[] padded;
    private final int last;

    private Padding(boolean[] padded, int last) {
        this.padded = padded;
        this.last = last;
    }

    /** Which columns are filled up, a letter for each: {@code p} or {@code -}. */
    static String pattern(List<Column> columns) {
        return columns.stream()
                .map(column -> isPadded(column.type()) ? "p" : "-")
                .collect(Collectors.joining());
    }

    private static boolean isPadded(String type) {
        Matcher character = CHARACTER.matcher(type);
        return character.matches() && Integer.parseInt(character.group(1)) >= LEAST;
    }

    /** What does it to rows of columns of a {@link #pattern}. */
    static CopyPipe.Rows of(String pattern) {
        if (pattern.indexOf('p') < 0) {
            return CopyPipe.AS_THEY_ARE;
        }
        boolean[] padded = new boolean[pattern.length()];
        for (int i = 0; i < padded.length; i++) {
            padded[i] = pattern.charAt(i) == 'p';
        }
        return new Padding(padded, pattern.lastIndexOf('p'));
    }

    @Override
    public int shorten(byte[] bytes, int from, int end) {
        // The first one has a header before it, and the last is none: both begin otherwise.
        if (end - from < Short.BYTES
                || (bytes[from] << 8 | (bytes[from + 1] & 0xff)) != padded.length) {
            return end;
        }
        int at = from + Short.BYTES;
        int moved = from;
        int to = from;
        for (int column = 0; column <= last; column++) {
            int value = at + Integer.BYTES;
            int length = integer(bytes, at);
            at = value + Math.max(length, 0);
            if (length > 0 && padded[column] && bytes[at - 1] == ' ') {
                int kept = kept(bytes, value, at);
                set(bytes, value - Integer.BYTES, kept - value);
                to = move(bytes, moved, kept, to);
                moved = at;
            }
        }
        if (at > end) {
            throw new IllegalStateException("a row that ends in the middle of a field");
        }
        return move(bytes, moved, end, to);
    }

    private static int move(byte[] bytes, int from, int end, int to) {
        if (from != to) {
            System.arraycopy(bytes, from, bytes, to, end - from);
        }
        return to + end - from;
    }

    /** The end of what is not blank. */
    private static int kept(byte[] bytes, int from, int end) {
        int at = end;
        while (at > from) {
            int step = Math.min(at - from, BLANKS.length);
            if (Arrays.mismatch(bytes, at - step, at, BLANKS, 0, step) >= 0) {
                break;
            }
            at -= step;
        }
        while (at > from && bytes[at - 1] == ' ') {
            at--;
        }
        return at;
    }

    private static int integer(byte[] bytes, int at) {
        return bytes[at] << 24
                | (bytes[at + 1] & 0xff) << 16
                | (bytes[at + 2] & 0xff) << 8
                | (bytes[at + 3] & 0xff);
    }

    private static void set(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >> 24);
        bytes[at + 1] = (byte) (value >> 16);
        bytes[at + 2] = (byte) (value >> 8);
        bytes[at + 3] = (byte) value;
    }
}
