package dev.relevo.check;

import dev.relevo.pg.SqlFile;
import java.util.List;
import java.util.Optional;

/**
 * Rows that do not fit through logical decoding, which writes values as text, a bytea in two
 * characters for each byte, and no more than 1 GB for a row. The publisher ends each attempt with
 * "invalid memory alloc request size".
 *
 * <p>How long a value is stands beside its place in TOAST, so only tables themselves are read, and
 * only those up to a gigabyte that have something in TOAST.
 */
final class BigRows implements Check {
    private final long limit;

    BigRows() {
        this(0x3fff_ffffL);
    }

    /** The same with another limit, in bytes of text. */
    BigRows(long limit) {
        this.limit = limit;
    }

    private record Candidate(String table, String length) {}

    @Override
    public String id() {
        return "big-rows";
    }

    @Override
    public List<Finding> find(Probe probe) {
        return probe
                .old()
                .query(
                        SqlFile.load(BigRows.class, "big_rows"),
                        row -> new Candidate(row.text("table_name"), row.text("length")))
                .stream()
                .flatMap(candidate -> finding(candidate, probe).stream())
                .toList();
    }

    private Optional<Finding> finding(Candidate candidate, Probe probe) {
        long longest =
                probe.old()
                        .one(
                                "SELECT coalesce(pg_catalog.max(%s), 0) AS longest FROM ONLY %s"
                                        .formatted(candidate.length(), candidate.table()),
                                row -> row.bigint("longest"));
        return longest <= limit
                ? Optional.empty()
                : Optional.of(
                        Probe.warning(
                                id(),
                                "table %s has a row that takes %,d MB as text"
                                        .formatted(candidate.table(), longest >> 20),
                                "More than 1 GB does not fit through logical decoding: a change that writes such a row again stops replication for good (invalid memory alloc request size). The copy carries it only where all columns go in binary.",
                                "Keep such values in several rows or in a file, or do not write them before relevo finish: UPDATE of other columns does no harm where the table %s has a primary key."
                                        .formatted(candidate.table())));
    }
}
