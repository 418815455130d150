package dev.relevo.copy;

import dev.relevo.catalog.QualifiedName;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Row;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One piece of work on one table.
 *
 * @param table the table's number in the queue
 * @param oid of the table on the old server
 * @param filenode of the table there, as the snapshot has it
 * @param columns quoted, separated by commas; empty when the table has none to copy
 * @param binary the format of COPY
 * @param padded which columns are filled up with blanks, see {@link Padding#pattern}
 * @param single whether this chunk is the whole table
 * @param small whether it is done together with others
 * @param leftOut whether the table is not ours to copy any more
 * @param key column by which the table is cut, quoted; empty where that is by blocks
 * @param root as SQL, of the tree through whose root the rows are loaded; empty where the table
 *     itself takes them
 * @param from first block or value of the key, or null from the beginning
 * @param end first one that is not part of it, or null to the end
 * @param bytes on the old server
 * @param statements of keys and indexes; of a small table's they come with its chunk
 */
record Task(
        int id,
        Kind kind,
        int table,
        QualifiedName name,
        long oid,
        long filenode,
        String columns,
        boolean binary,
        String padded,
        boolean single,
        boolean small,
        boolean leftOut,
        String key,
        String root,
        @Nullable String from,
        @Nullable String end,
        long bytes,
        List<String> statements) {
    /** What is to be done. */
    enum Kind {
        CHUNK,
        KEY,
        INDEX
    }

    static Task of(Row row) throws SQLException {
        return new Task(
                row.integer("id"),
                Kind.valueOf(row.text("kind").toUpperCase(Locale.ROOT)),
                row.integer("table_id"),
                new QualifiedName(row.text("schema"), row.text("name")),
                row.bigint("oid"),
                row.bigint("filenode"),
                row.text("columns"),
                row.bool("is_binary"),
                row.text("padded"),
                row.bool("single"),
                row.bool("small"),
                row.bool("left_out"),
                row.text("key_column"),
                row.text("root"),
                row.textOrNull("first_value"),
                row.textOrNull("end_value"),
                row.bigint("bytes"),
                row.texts("statements"));
    }

    /** What reads it; rows of children and partitions are not read with it. */
    String copyOut(String encoding) {
        String what;
        if (from == null && end == null && !columns.isEmpty()) {
            what = name.sql() + " (" + columns + ")";
        } else {
            what =
                    "(SELECT "
                            + columns
                            + " FROM ONLY "
                            + name.sql()
                            + (from == null && end == null ? "" : " WHERE ")
                            + (from == null ? "" : bound(">=", from))
                            + (from == null || end == null ? "" : " AND ")
                            + (end == null ? "" : bound("<", end))
                            + ")";
        }
        return "COPY " + what + " TO STDOUT WITH (" + format(encoding) + ")";
    }

    private String bound(String operator, String value) {
        return key.isEmpty()
                ? "ctid %s '(%s,0)'::pg_catalog.tid".formatted(operator, value)
                : "%s %s '%s'::pg_catalog.int8".formatted(key, operator, value);
    }

    /** Whether an index has to be used to read it: else each piece would read the whole table. */
    boolean byKey() {
        return !key.isEmpty() && (from != null || end != null);
    }

    /**
     * Whether the table is emptied in the transaction that loads it, so that its rows can freeze.
     * For a small one that does not pay: it would get new files, its TOAST table and index too. One
     * that takes rows of others, by its root, cannot be.
     */
    boolean freezes() {
        return single && !small && root.isEmpty();
    }

    /** What loads it. */
    String copyIn(String encoding) {
        return "COPY "
                + (root.isEmpty() ? name.sql() : root)
                + (columns.isEmpty() ? "" : " (" + columns + ")")
                + " FROM STDIN WITH ("
                + format(encoding)
                + (freezes() ? ", FREEZE" : "")
                + ")";
    }

    /** The old database's encoding on both sides: as text stands there it is taken here. */
    private String format(String encoding) {
        return binary ? "FORMAT binary" : "FORMAT text, ENCODING " + Quote.literal(encoding);
    }
}
