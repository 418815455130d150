package dev.relevo.check;

import dev.relevo.catalog.Column;
import dev.relevo.catalog.PartitionTree;
import dev.relevo.catalog.Routing;
import dev.relevo.catalog.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Trees of partitions whose rows may belong to other partitions on the other server. From 13 on
 * they go by the root of the tree, which has to be identified as a whole; before, they cannot.
 */
final class PartitionRouting implements Check {
    @Override
    public String id() {
        return "partition-routing";
    }

    @Override
    public List<Finding> find(Probe probe) {
        List<PartitionTree> trees = PartitionTree.read(probe.old());
        if (trees.isEmpty()) {
            return List.of();
        }
        Map<Long, Routing> differing = Routing.differing(probe.old(), probe::fresh);
        List<Finding> findings = new ArrayList<>();
        List<String> byRoot = new ArrayList<>();
        for (PartitionTree tree : trees) {
            if (!differing.containsKey(tree.oid())) {
                continue;
            }
            Routing routing = Objects.requireNonNull(differing.get(tree.oid()));
            Optional<Finding> finding =
                    probe.old().version().atLeast(Routing.BY_ROOT)
                            ? keepsFromRoot(tree, probe)
                            : Optional.of(tooOld(tree, routing));
            finding.ifPresentOrElse(
                    findings::add, () -> byRoot.add(tree.root() + ": " + routing.reason()));
        }
        if (!byRoot.isEmpty()) {
            findings.add(
                    Probe.notice(
                            id(),
                            "%d partitioned tables are replicated as a whole, since their rows may belong to other partitions on the new server"
                                    .formatted(byRoot.size()),
                            String.join("; ", byRoot),
                            "Do not truncate, drop, attach or detach a partition of them before relevo finish: run DELETE instead."));
        }
        return findings;
    }

    private Finding tooOld(PartitionTree tree, Routing routing) {
        String message =
                "rows of partitioned table %s %s to other partitions on the new server"
                        .formatted(tree.root(), routing.certain() ? "belong" : "may belong");
        String detail =
                "Which partition a row belongs to rests on %s. Before 13 a server replicates each partition to the one of the same name, which refuses such rows."
                        .formatted(routing.reason());
        return routing.certain()
                ? Probe.error(
                        id(),
                        message,
                        detail,
                        "Partition table %s by a column of another type on the old server, or make it one without partitions."
                                .formatted(tree.root().sql()))
                : Probe.warning(
                        id(),
                        message,
                        detail,
                        "Make sure that both servers agree on it, for example by the same version of libc or ICU; else make %s a table without partitions."
                                .formatted(tree.root().sql()));
    }

    /** What does not let a tree go by its root. */
    private Optional<Finding> keepsFromRoot(PartitionTree tree, Probe probe) {
        String message =
                "rows of partitioned table %s cannot be replicated as those of one table"
                        .formatted(tree.root());
        if (!tree.others().isEmpty()) {
            return Optional.of(
                    Probe.error(
                            id(),
                            message,
                            "Its partition %s is a foreign or an unlogged table."
                                    .formatted(tree.others().getFirst()),
                            "Run ALTER TABLE … SET LOGGED for it, or ALTER TABLE %s DETACH PARTITION %s, on the old server."
                                    .formatted(tree.root().sql(), tree.others().getFirst().sql())));
        }
        return probe.catalog().tables().stream()
                .filter(table -> table.oid() == tree.oid() && table.primaryKey() == null)
                .filter(table -> !unsendable(table, probe).isEmpty())
                .findFirst()
                .map(table ->
                        Probe.error(
                                id(),
                                message,
                                "It has no primary key, and REPLICA IDENTITY FULL cannot be used because of %s."
                                        .formatted(unsendable(table, probe)),
                                "Run ALTER TABLE %s ADD PRIMARY KEY (…) on the old server; keys of single partitions do not help."
                                        .formatted(table.name().sql())));
    }

    /** Columns that do not go with FULL. */
    private static String unsendable(Table table, Probe probe) {
        return String.join(
                ", ",
                table.columns().stream()
                        .filter(column ->
                                column.generated()
                                        ? GeneratedColumns.forbidFull(probe)
                                        : !column.comparable())
                        .map(Column::name)
                        .toList());
    }
}
