package dev.relevo.check;

import dev.relevo.pg.SqlFile;
import java.util.List;

/**
 * Foreign keys that 18 refuses to make: over a nondeterministic collation, to a column of another.
 *
 * @see <a href="https://www.postgresql.org/docs/18/release-18.html">Release notes of 18</a>
 */
final class KeyCollations implements Check {
    private static final int REFUSED_SINCE = 18;

    @Override
    public String id() {
        return "foreign-key-collations";
    }

    @Override
    public List<Finding> find(Probe probe) {
        return probe.fresh().version().major() < REFUSED_SINCE
                ? List.of()
                : probe.old()
                        .query(
                                SqlFile.load(KeyCollations.class, "key_collations"),
                                row ->
                                        Probe.error(
                                                id(),
                                                "foreign key %s of table %s is over two collations"
                                                        .formatted(
                                                                row.text("name"),
                                                                row.text("table")),
                                                "%s, and one of them is nondeterministic; PostgreSQL 18 refuses such a key."
                                                        .formatted(row.text("detail")),
                                                "Run %s; on the old server, which rewrites the indexes of that column, or %s;."
                                                        .formatted(
                                                                row.text("alter"),
                                                                row.text("drop"))));
    }
}
