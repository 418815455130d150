package dev.relevo.check;

import dev.relevo.check.RowLook.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Rows that refer to nothing although a validated foreign key says they do: written where its
 * triggers did not fire, by {@code session_replication_role = replica} or {@code DISABLE TRIGGER}.
 * The new server makes the key when all rows are there, and would refuse.
 *
 * <p>Rows are looked for with PostgreSQL's own operators only, see {@code foreign_keys.sql}.
 */
final class ForeignKeys implements Check {
    @Override
    public String id() {
        return "foreign-keys";
    }

    private record Key(
            String table,
            String name,
            String columns,
            String shown,
            String referring,
            String referred,
            String orphans,
            boolean harmless,
            String keep,
            boolean partitioned,
            long bytes,
            boolean empty) {

        String rows() {
            return referring + " fk WHERE " + orphans;
        }

        String display() {
            return name + " of " + table;
        }
    }

    @Override
    public List<Finding> find(Probe probe) {
        List<Key> keys = new ArrayList<>(keys(probe));
        keys.removeIf(Key::empty);
        Set<String> made = ConstraintRows.made(probe);
        keys.removeIf(key -> made.contains(key.table() + " " + key.name()));
        if (keys.isEmpty()) {
            return List.of();
        }
        ConstraintRows rows = new ConstraintRows(id(), "foreign key", "foreign keys");
        try (RowLook look = RowLook.on(probe)) {
            for (Key key : keys) {
                if (!key.harmless()) {
                    rows.foreign(key.display(), "SELECT fk.* FROM " + key.rows() + ";");
                    continue;
                }
                switch (look.count(key.rows(), example(key), key.bytes())) {
                    case Answer.Unknown(String why) -> rows.unknown(key.display(), why);
                    case Answer.Rows(long number, String example) -> {
                        if (number > 0) {
                            rows.add(finding(key, number, example));
                        }
                    }
                }
            }
        }
        return rows.findings();
    }

    private static String example(Key key) {
        return "pg_catalog.concat_ws(', ', " + key.shown() + ")";
    }

    private Finding finding(Key key, long number, String example) {
        return Probe.error(
                id(),
                "%s table %s refer%s to nothing, against foreign key %s"
                        .formatted(
                                ConstraintRows.rows(number),
                                key.table(),
                                number == 1 ? "s" : "",
                                key.name()),
                "For example (%s) = (%s) is not in %s. SELECT fk.* FROM %s; shows them."
                        .formatted(key.columns(), example, key.referred(), key.rows()),
                key.partitioned()
                        ? "Correct them, or run DELETE FROM %s; on the old server. Or give the key up with %s; as one of a partitioned table cannot be NOT VALID before PostgreSQL 18."
                                .formatted(key.rows(), key.keep())
                        : "Correct them, or run DELETE FROM %s; on the old server. Or keep them with %s; which is carried as it is."
                                .formatted(key.rows(), key.keep()));
    }

    private static List<Key> keys(Probe probe) {
        return probe.old()
                .query(
                        RowLook.query("foreign_keys"),
                        row ->
                                new Key(
                                        row.text("schema") + "." + row.text("table"),
                                        row.text("name"),
                                        row.text("columns"),
                                        row.text("shown"),
                                        row.text("referring"),
                                        row.text("referred"),
                                        row.text("orphans"),
                                        row.bool("harmless"),
                                        row.text("keep"),
                                        row.bool("partitioned"),
                                        row.bigint("bytes"),
                                        row.bool("empty")));
    }
}
