package dev.relevo.pg;

/**
 * A position in the write-ahead log: bytes since the log began, unsigned.
 *
 * @see <a href="https://www.postgresql.org/docs/current/datatype-pg-lsn.html">pg_lsn</a>
 */
public record Lsn(long value) implements Comparable<Lsn> {

    /** Reads PostgreSQL's notation, for example {@code 16/B374D848}. */
    public static Lsn parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 1 || slash == text.length() - 1) {
            throw new IllegalArgumentException("not an LSN: " + text);
        }
        return new Lsn(
                Long.parseLong(text, 0, slash, 16) << 32
                        | Long.parseLong(text, slash + 1, text.length(), 16));
    }

    /** Bytes of log between the two, negative when {@code other} is ahead. */
    public long minus(Lsn other) {
        return value - other.value;
    }

    @Override
    public int compareTo(Lsn other) {
        return Long.compareUnsigned(value, other.value);
    }

    @Override
    public String toString() {
        return "%X/%X".formatted(value >>> 32, value & 0xFFFF_FFFFL);
    }
}
