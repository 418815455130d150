package dev.relevo.copy;

import static dev.relevo.ledger.OwnTable.COPY_TABLE;
import static dev.relevo.ledger.OwnTable.COPY_TASK;

import dev.relevo.catalog.Column;
import dev.relevo.catalog.Table;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a new queue and the pieces they are cut into, gathered column by column: an array
 * of each goes to the server.
 */
final class QueueRows {
    private static final int BLOCK = 8192;
    private static final int MOST_PIECES = 100_000;

    private final boolean utf8;
    private final boolean byBlock;
    private final long chunk;
    private final List<Long> ids = new ArrayList<>();
    private final List<String> schemas = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private final List<Long> oids = new ArrayList<>();
    private final List<Long> filenodes = new ArrayList<>();
    private final List<String> columns = new ArrayList<>();
    private final List<String> keyColumns = new ArrayList<>();
    private final List<Long> sizes = new ArrayList<>();
    private final List<Boolean> binaries = new ArrayList<>();
    private final List<String> padded = new ArrayList<>();
    private final List<Boolean> singles = new ArrayList<>();
    private final List<Boolean> smalls = new ArrayList<>();
    private final List<Boolean> leftOuts = new ArrayList<>();
    private final List<Long> chunks = new ArrayList<>();
    private final List<Long> estimates = new ArrayList<>();
    private final List<String> roots = new ArrayList<>();
    private final List<Long> chunkTables = new ArrayList<>();
    private final List<String> firsts = new ArrayList<>();
    private final List<String> ends = new ArrayList<>();
    private final List<Long> chunkBytes = new ArrayList<>();

    /**
     * Begins with none.
     *
     * @param utf8 whether both databases are in it
     * @param byBlock whether the old server reads a range of blocks by itself
     * @param chunk bytes of a piece, about
     */
    QueueRows(boolean utf8, boolean byBlock, long chunk) {
        this.utf8 = utf8;
        this.byBlock = byBlock;
        this.chunk = chunk;
    }

    /** How many pieces there are. */
    int chunks() {
        return chunkTables.size();
    }

    /**
     * Adds a table, in pieces; with none when there are no rows, or they are not ours to copy.
     *
     * @param root of the tree by which its rows are loaded, as SQL; or empty
     */
    void add(
            Queue.Source source,
            Table table,
            @Nullable KeyRange key,
            boolean rewritten,
            String root) {
        long id = ids.size() + 1L;
        long blocks = source.bytes() / BLOCK;
        int pieces =
                rewritten || blocks == 0
                        ? 0
                        : byBlock
                                ? cut(id, source.total(), blocks, String::valueOf)
                                : key == null
                                        ? cut(id, source.total(), 1, String::valueOf)
                                        : cut(
                                                id,
                                                source.total(),
                                                key.bounds().size() - 1L,
                                                place -> key.bounds().get((int) place));
        List<Column> stored = table.columns().stream().filter(c -> !c.generated()).toList();
        ids.add(id);
        schemas.add(source.name().schema());
        names.add(source.name().name());
        oids.add(source.oid());
        filenodes.add(source.filenode());
        columns.add(Quote.idents(stored.stream().map(Column::name).toList()));
        keyColumns.add(byBlock || key == null ? "" : key.column());
        sizes.add(source.total());
        boolean binary = Formats.isBinary(stored, utf8);
        binaries.add(binary);
        padded.add(binary ? Padding.pattern(stored) : "");
        singles.add(pieces == 1);
        // Rows of others may come into one that takes its rows by a root, behind its own.
        smalls.add(pieces <= 1 && source.total() < Queue.SMALL && root.isEmpty());
        roots.add(root);
        leftOuts.add(rewritten);
        chunks.add((long) pieces);
        estimates.add(source.estimate());
    }

    /**
     * Cuts a table of so many bytes at places from 1 to {@code size - 1}. The first piece begins
     * and the last one ends with the table, whatever statistics said.
     *
     * @return how many pieces it makes
     */
    private int cut(long table, long bytes, long size, LongFunction<String> bound) {
        // A table with much in TOAST is cut finer than its own blocks suggest.
        int wanted = Math.clamp((bytes + chunk / 2) / chunk, 1, MOST_PIECES);
        List<Cuts.Piece> pieces = Cuts.cut(size, wanted);
        for (Cuts.Piece piece : pieces) {
            chunkTables.add(table);
            firsts.add(piece.from() == 0 ? "" : bound.apply(piece.from()));
            ends.add(piece.end() == size ? "" : bound.apply(piece.end()));
            chunkBytes.add((long) (bytes * piece.share()));
        }
        return pieces.size();
    }

    /** Writes all down, in the transaction that is open. */
    void insert(Session fresh) {
        if (ids.isEmpty()) {
            return;
        }
        fresh.update(
                "INSERT INTO "
                        + COPY_TABLE
                        + " (id, schema, name, oid, filenode, columns, key_column, bytes,"
                        + " is_binary, padded, single, small, left_out, chunks, estimate, root) SELECT * FROM"
                        + " unnest("
                        + "?::int8[]::int[], ?::text[], ?::text[], ?::int8[]::oid[],"
                        + " ?::int8[]::oid[], ?::text[], ?::text[], ?::int8[], ?::bool[], ?::text[],"
                        + " ?::bool[], ?::bool[], ?::bool[], ?::int8[]::int[], ?::int8[], ?::text[])",
                ids,
                schemas,
                names,
                oids,
                filenodes,
                columns,
                keyColumns,
                sizes,
                binaries,
                padded,
                singles,
                smalls,
                leftOuts,
                chunks,
                estimates,
                roots);
        fresh.update(
                "INSERT INTO "
                        + COPY_TASK
                        + " (id, kind, table_id, first_value, end_value, bytes, awaited)"
                        + " SELECT u.n, 'chunk', u.t, nullif(u.f, '')::bigint, nullif(u.e, '')::bigint, u.b, true FROM"
                        + " ROWS FROM (unnest(?::int8[]::int[], ?::text[], ?::text[],"
                        + " ?::int8[])) WITH ORDINALITY AS u (t, f, e, b, n)",
                chunkTables,
                firsts,
                ends,
                chunkBytes);
    }
}
