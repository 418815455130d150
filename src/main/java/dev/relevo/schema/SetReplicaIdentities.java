package dev.relevo.schema;

import dev.relevo.catalog.Catalog;
import dev.relevo.catalog.PartitionTree;
import dev.relevo.catalog.QualifiedName;
import dev.relevo.catalog.Table;
import dev.relevo.catalog.Table.Identity;
import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.ServerVersion;
import dev.relevo.pg.Session;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Gives every replicated table on the old server a replica identity that works, since UPDATE and
 * DELETE fail there as soon as a table without one is published.
 *
 * <p>A tree that goes by its root is looked for by the root's columns on the other server,
 * whichever partition a row came from, and its partition there is found by the key's columns. So
 * root and leaves have one identity: the primary key of the root, which holds these columns, else
 * FULL.
 *
 * <p>A unique index is preferred; FULL, which sends whole old rows, is the last resort. Takes
 * ACCESS EXCLUSIVE on one table at a time for an instant, see {@link TableByTable}. What was set
 * before is kept in {@link Facts} in the same transaction, and is what the reversal sets again.
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-REPLICA-IDENTITY">REPLICA
 *     IDENTITY</a>
 */
public final class SetReplicaIdentities implements Step {

    private final Endpoint oldServer;
    private final TableByTable tables;
    private final String side;
    private final List<PartitionTree> trees;
    private final boolean keyForGenerated;

    public SetReplicaIdentities(Endpoint oldServer) {
        this(oldServer, Duration.ofSeconds(30));
    }

    /**
     * The same, with what the other server asks for.
     *
     * @param trees whose rows go by their roots
     * @param newVersion of the new server: from 18 on FULL does not go with generated columns, so a
     *     key is taken where there is one, whatever the user has set
     */
    public SetReplicaIdentities(
            Endpoint oldServer, List<PartitionTree> trees, ServerVersion newVersion) {
        this(
                oldServer,
                Duration.ofSeconds(30),
                "old",
                trees,
                newVersion.atLeast(Table.REFUSES_GENERATED_IN_FULL));
    }

    /** The same on the new server, which was given the changed identities with the schema. */
    public static SetReplicaIdentities onNew(Endpoint newServer) {
        return new SetReplicaIdentities(newServer, Duration.ofSeconds(30), "new", List.of(), false);
    }

    /**
     * The same with another patience.
     *
     * @param patience how long to go on while clients hold every table that is left
     */
    public SetReplicaIdentities(Endpoint oldServer, Duration patience) {
        this(oldServer, patience, "old", List.of(), false);
    }

    private SetReplicaIdentities(
            Endpoint oldServer,
            Duration patience,
            String side,
            List<PartitionTree> trees,
            boolean keyForGenerated) {
        this.side = side;
        this.keyForGenerated = keyForGenerated;
        this.trees = List.copyOf(trees);
        this.oldServer = oldServer;
        this.tables = new TableByTable(oldServer, "replica identity", patience, List.of());
    }

    @Override
    public String id() {
        return side.equals("old") ? "replica-identity" : "replica-identity-" + side;
    }

    @Override
    public String title() {
        return "set replica identities on the " + side + " server";
    }

    @Override
    public List<Statement> statements() {
        return wanted().values().stream()
                .map(change -> new Statement(side, change.statement()))
                .toList();
    }

    @Override
    public Observation observe() {
        if (!wanted().isEmpty()) {
            return new Observation.Pending();
        }
        int changed = saved().size();
        return new Observation.Done(
                changed == 0
                        ? "every table can be identified"
                        : changed + " tables were given an identity");
    }

    @Override
    public void apply(Progress progress) {
        Map<QualifiedName, Change> wanted = wanted();
        tables.forEach(
                wanted.keySet(),
                (session, name) -> {
                    Change change = java.util.Objects.requireNonNull(wanted.get(name));
                    new Facts(session)
                            .putFirst(
                                    Fact.REPLICA_IDENTITY,
                                    name.sql(),
                                    List.of(name.schema(), name.name(), change.restore()));
                    session.execute(change.statement());
                },
                progress);
    }

    @Override
    public Reversal reversal() {
        Map<QualifiedName, String> saved = saved();
        if (saved.isEmpty()) {
            return new Reversal.Nothing();
        }
        return new Reversal.Undo(
                saved.values().stream().map(sql -> new Statement(side, sql)).toList(),
                () -> restore(saved));
    }

    private void restore(Map<QualifiedName, String> saved) {
        tables.forEach(
                saved.keySet(),
                (session, name) -> {
                    if (session.exists(
                            "SELECT 1 WHERE pg_catalog.to_regclass(?) IS NOT NULL", name.sql())) {
                        session.execute(java.util.Objects.requireNonNull(saved.get(name)));
                    }
                    new Facts(session).remove(Fact.REPLICA_IDENTITY, name.sql());
                },
                (_, _, _) -> {});
    }

    private static String mend(Table table) {
        return table.mend()
                .orElseThrow(() ->
                        new Problem(
                                        ExitStatus.CHECK,
                                        "replica-identity",
                                        "table "
                                                + table.name()
                                                + " cannot be given a replica identity",
                                        "It has no usable key, and columns that cannot be compared: "
                                                + table.incomparable(),
                                        "Run ALTER TABLE "
                                                + table.name().sql()
                                                + " ADD PRIMARY KEY (…) on the old server.")
                                .toException());
    }

    /** What sets a table's identity, and what sets the one again that it has now. */
    private record Change(String statement, String restore) {}

    private Map<QualifiedName, Change> wanted() {
        Map<QualifiedName, Change> found = new TreeMap<>();
        try (Session session = oldServer.open("replica identity")) {
            Catalog catalog = Catalog.read(session);
            Set<Long> inTrees = new HashSet<>();
            for (PartitionTree tree : trees) {
                inTrees.add(tree.oid());
                tree.leaves().forEach(leaf -> inTrees.add(leaf.oid()));
                ofTree(catalog, tree, found);
            }
            catalog.replicated().stream()
                    .filter(table -> !inTrees.contains(table.oid()))
                    .filter(table -> !table.hasWorkingIdentity() || isFullInVain(table))
                    .forEach(table ->
                            found.put(table.name(), new Change(mend(table), table.restore())));
        }
        return found;
    }

    private boolean isFullInVain(Table table) {
        return keyForGenerated
                && table.identity() == Identity.FULL
                && table.hasGenerated()
                && table.candidate() != null;
    }

    private static void ofTree(
            Catalog catalog, PartitionTree tree, Map<QualifiedName, Change> found) {
        Map<Long, Table> all = new HashMap<>();
        catalog.tables().forEach(table -> all.put(table.oid(), table));
        boolean keyed =
                Optional.ofNullable(all.get(tree.oid()))
                        .map(root -> root.primaryKey() != null)
                        .orElse(false);
        Stream.concat(Stream.of(tree.oid()), tree.leaves().stream().map(PartitionTree.Leaf::oid))
                .flatMap(oid -> Optional.ofNullable(all.get(oid)).stream())
                .filter(table -> table.identity() != (keyed ? Identity.DEFAULT : Identity.FULL))
                .forEach(table ->
                        found.put(
                                table.name(),
                                new Change(
                                        "ALTER TABLE ONLY "
                                                + table.name().sql()
                                                + " REPLICA IDENTITY "
                                                + (keyed ? "DEFAULT" : "FULL"),
                                        table.restore())));
    }

    private Map<QualifiedName, String> saved() {
        Map<QualifiedName, String> found = new TreeMap<>();
        try (Session session = oldServer.open("replica identity")) {
            for (List<String> v : new Facts(session).all(Fact.REPLICA_IDENTITY).values()) {
                found.put(new QualifiedName(v.get(0), v.get(1)), v.get(2));
            }
        }
        return found;
    }
}
