package dev.relevo.copy;

import dev.relevo.ledger.OwnTable;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How far a copy is, as anybody can read it on the new server while others work at it.
 *
 * <p>Bytes are those of the old server's tables, TOAST and all. What workers have loaded of the
 * chunks they are at counts from 14 on, before that only whole chunks do.
 *
 * @param bytes of all tables
 * @param bytesDone of what is loaded
 * @param rows of all tables, estimated by the old server's statistics for those that are not loaded
 *     yet; empty when one of these was never analyzed
 * @param rowsDone that are loaded
 * @param tables that are ours to copy
 * @param tablesDone with all their rows
 * @param indexes and constraints
 * @param indexesDone that are built
 * @param bytesPerSecond over the last 30 seconds, or as long as the workers have been at it
 * @param workers at it now, wherever their processes run
 * @param building indexes under way
 */
public record Standing(
        long bytes,
        long bytesDone,
        Optional<Long> rows,
        long rowsDone,
        int tables,
        int tablesDone,
        int indexes,
        int indexesDone,
        double bytesPerSecond,
        int workers,
        List<Building> building) {
    public Standing {
        building = List.copyOf(building);
    }

    /**
     * An index that is being built.
     *
     * @param table on which
     * @param phase as {@code pg_stat_progress_create_index} calls it
     * @param statement that builds it
     * @param done how many blocks were read, or rows written, in this phase
     * @param total of how many; 0 when that is not known
     */
    public record Building(String table, String phase, String statement, long done, long total) {}

    /** What of a copy was loaded, by one way to count. */
    private record Loaded(long bytes, long rows, double recent) {}

    /** Nothing when there is no queue. */
    public static Optional<Standing> read(Session fresh) {
        return Queue.exists(fresh)
                ? fresh.first(OwnTable.load(Standing.class, "standing"), row -> of(fresh, row))
                : Optional.empty();
    }

    private static Standing of(Session fresh, dev.relevo.pg.Row row) throws java.sql.SQLException {
        double seconds = row.real("seconds");
        Loaded now =
                fresh.one(
                        OwnTable.load(Standing.class, "under_way", fresh.version()),
                        at -> new Loaded(at.bigint("bytes"), at.bigint("rows"), at.real("recent")),
                        seconds);
        long bytes = row.bigint("bytes");
        long rows = row.bigint("rows_total");
        long rowsDone = row.bigint("rows_done") + now.rows();
        return new Standing(
                bytes,
                Math.min(bytes, row.bigint("bytes_done") + now.bytes()),
                rows < 0 ? Optional.empty() : Optional.of(Math.max(rows, rowsDone)),
                rowsDone,
                row.integer("tables"),
                row.integer("tables_done"),
                row.integer("indexes"),
                row.integer("indexes_done"),
                seconds > 0 ? (row.real("recent") + now.recent()) / seconds : 0,
                row.integer("workers"),
                fresh.query(
                        SqlFile.load(Standing.class, "building"),
                        at ->
                                new Building(
                                        at.text("relation"),
                                        at.text("phase"),
                                        at.text("statement"),
                                        at.bigint("done"),
                                        at.bigint("total"))));
    }

    /** Whether nothing is left to do. */
    public boolean complete() {
        return tablesDone == tables && indexesDone == indexes;
    }

    /** Until all rows are there, at the speed of now; indexes not counted. */
    public Optional<Duration> left() {
        return bytesPerSecond < 1 || bytesDone >= bytes
                ? Optional.empty()
                : Optional.of(
                        Duration.ofMillis((long) ((bytes - bytesDone) * 1_000 / bytesPerSecond)));
    }
}
