package dev.relevo.catalog;

import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A partitioned table that is no partition itself, with the leaves below it at any level.
 *
 * @param oid of the root
 * @param leaves permanent ordinary tables, which replication carries
 * @param others foreign tables and unlogged ones, which it does not
 */
public record PartitionTree(
        QualifiedName root, long oid, List<Leaf> leaves, List<QualifiedName> others) {

    public PartitionTree {
        leaves = List.copyOf(leaves);
        others = List.copyOf(others);
    }

    /** A partition with rows of its own. */
    public record Leaf(QualifiedName name, long oid) {}

    private record Row(long root, QualifiedName name, Leaf leaf, boolean replicated) {}

    /** All of a database that have leaves. Takes no locks. */
    public static List<PartitionTree> read(Session session) {
        Map<Long, List<Row>> byRoot = new LinkedHashMap<>();
        session.query(
                        SqlFile.load(PartitionTree.class, "partition_trees"),
                        row ->
                                new Row(
                                        row.bigint("root"),
                                        new QualifiedName(
                                                row.text("root_schema"), row.text("root_name")),
                                        new Leaf(
                                                new QualifiedName(
                                                        row.text("schema"), row.text("name")),
                                                row.bigint("leaf")),
                                        row.bool("replicated")))
                .forEach(
                        row -> byRoot.computeIfAbsent(row.root(), _ -> new ArrayList<>()).add(row));
        return byRoot.values().stream()
                .map(rows ->
                        new PartitionTree(
                                rows.getFirst().name(),
                                rows.getFirst().root(),
                                rows.stream().filter(Row::replicated).map(Row::leaf).toList(),
                                rows.stream()
                                        .filter(row -> !row.replicated())
                                        .map(row -> row.leaf().name())
                                        .toList()))
                .toList();
    }

    /** The leaves of those trees whose roots are named. Takes no locks. */
    public static Set<QualifiedName> leaves(Session session, Collection<QualifiedName> roots) {
        Set<QualifiedName> leaves = new TreeSet<>();
        read(session).stream()
                .filter(tree -> roots.contains(tree.root()))
                .forEach(tree -> tree.leaves().forEach(leaf -> leaves.add(leaf.name())));
        return leaves;
    }
}
