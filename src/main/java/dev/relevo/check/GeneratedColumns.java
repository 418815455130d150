package dev.relevo.check;

import dev.relevo.catalog.Table;
import dev.relevo.pg.Quote;
import java.util.List;

/**
 * From 18 on a server refuses UPDATE and DELETE of a published table whose replica identity is FULL
 * and that has a generated column, unless that column is published too; and a subscriber does not
 * take what is published for a column that is generated there. So such a table needs a key.
 */
final class GeneratedColumns implements Check {
    @Override
    public String id() {
        return "generated-columns";
    }

    /** Whether the new server is such a one. */
    static boolean forbidFull(Probe probe) {
        return probe.fresh().version().atLeast(Table.REFUSES_GENERATED_IN_FULL);
    }

    @Override
    public List<Finding> find(Probe probe) {
        return forbidFull(probe)
                ? probe.catalog().replicated().stream()
                        .filter(table -> table.hasGenerated() && table.candidate() == null)
                        .filter(table -> table.hasWorkingIdentity() || table.mend().isPresent())
                        .map(this::finding)
                        .toList()
                : List.of();
    }

    private Finding finding(Table table) {
        String index = Quote.ident(table.name().name() + "_relevo_key");
        return Probe.error(
                id(),
                "table %s has generated columns and no key".formatted(table.name()),
                "Its rows can only be told apart by all of their columns, and from 18 on a server that replicates refuses UPDATE and DELETE of such a table (Replica identity must not contain unpublished generated columns).",
                "Run ALTER TABLE %1$s ADD PRIMARY KEY (…), or CREATE UNIQUE INDEX %2$s ON %1$s (…), over NOT NULL columns that are not generated, on the old server; where none can serve, ALTER TABLE %1$s ADD COLUMN … bigint GENERATED ALWAYS AS IDENTITY UNIQUE adds one."
                        .formatted(table.name().sql(), index));
    }
}
