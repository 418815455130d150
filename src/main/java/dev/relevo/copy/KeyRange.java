package dev.relevo.copy;

import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The key by which a table is cut on a server that cannot read a range of blocks by itself (before
 * 14): a primary key of one whole number, with rows on disk nearly in its order.
 *
 * @param column quoted
 * @param bounds values in increasing order, with about as many rows between any two; they come from
 *     statistics and need not be right, since the first and the last piece have no bound
 */
record KeyRange(String column, List<String> bounds) {
    KeyRange {
        bounds = List.copyOf(bounds);
    }

    /** Of every table that can be cut so, by its OID. */
    static Map<Long, KeyRange> read(Session old) {
        Map<Long, KeyRange> found = new HashMap<>();
        old.query(
                SqlFile.load(KeyRange.class, "key_ranges"),
                row ->
                        found.put(
                                row.bigint("oid"),
                                new KeyRange(Quote.ident(row.text("key")), row.texts("bounds"))));
        return found;
    }
}
