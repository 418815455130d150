package dev.relevo.check;

import dev.relevo.pg.Quote;
import dev.relevo.pg.SqlFile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Children of inheritance whose columns stand in another order than CREATE TABLE … INHERITS gives
 * them, which is how pg_dump makes them anew: first all that are inherited, then the table's own.
 * Partitions are attached, and keep their order.
 */
final class ColumnOrder implements Check {
    @Override
    public String id() {
        return "column-order";
    }

    private record Child(
            String schema, String name, List<String> columns, List<String> parents, String alter) {}

    @Override
    public List<Finding> find(Probe probe) {
        Map<String, Child> tables = new HashMap<>();
        List<Child> children = new ArrayList<>();
        probe.old()
                .query(
                        SqlFile.load(ColumnOrder.class, "column_order"),
                        row -> {
                            Child child =
                                    new Child(
                                            row.text("schema"),
                                            row.text("name"),
                                            row.texts("columns"),
                                            row.texts("parents"),
                                            row.text("alter"));
                            tables.put(row.text("oid"), child);
                            return children.add(child);
                        });
        return children.stream()
                .filter(child -> !order(child, tables).equals(child.columns()))
                .map(child -> finding(child, order(child, tables)))
                .toList();
    }

    private Finding finding(Child child, List<String> order) {
        return Probe.warning(
                id(),
                "the columns of table %s.%s will stand in another order"
                        .formatted(child.schema(), child.name()),
                "They are (%s), and will be (%s): pg_dump puts inherited columns first. INSERT and COPY without names of columns, and SELECT *, change their meaning."
                        .formatted(String.join(", ", child.columns()), String.join(", ", order)),
                "Let clients name the columns, in this order: (%s). Or run %s on the old server before relevo start, and ALTER TABLE … INHERIT … on the new one after relevo finish; the order is kept then."
                        .formatted(Quote.idents(order), child.alter()));
    }

    /** What they will be on the new server, where the parents' may change as well. */
    private static List<String> order(Child child, Map<String, Child> tables) {
        Set<String> all = new LinkedHashSet<>();
        for (String parent : child.parents()) {
            Child above = tables.get(parent);
            if (above != null) {
                all.addAll(order(above, tables));
            }
        }
        all.retainAll(child.columns());
        all.addAll(child.columns());
        return List.copyOf(all);
    }
}
