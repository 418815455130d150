package dev.relevo.schema;

import dev.relevo.catalog.Catalog;
import dev.relevo.catalog.QualifiedName;
import dev.relevo.catalog.Table;
import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Gives every replicated table on the old server a replica identity that works, since UPDATE and
 * DELETE fail there as soon as a table without one is published.
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

    public SetReplicaIdentities(Endpoint oldServer) {
        this(oldServer, Duration.ofSeconds(30));
    }

    /** The same on the new server, which was given the changed identities with the schema. */
    public static SetReplicaIdentities onNew(Endpoint newServer) {
        return new SetReplicaIdentities(newServer, Duration.ofSeconds(30), "new");
    }

    /**
     * The same with another patience.
     *
     * @param patience how long to go on while clients hold every table that is left
     */
    public SetReplicaIdentities(Endpoint oldServer, Duration patience) {
        this(oldServer, patience, "old");
    }

    private SetReplicaIdentities(Endpoint oldServer, Duration patience, String side) {
        this.side = side;
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
        return wanted().values().stream().map(table -> new Statement(side, mend(table))).toList();
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
        Map<QualifiedName, Table> wanted = wanted();
        tables.forEach(
                wanted.keySet(),
                (session, name) -> {
                    Table table = java.util.Objects.requireNonNull(wanted.get(name));
                    new Facts(session)
                            .putFirst(
                                    Fact.REPLICA_IDENTITY,
                                    name.sql(),
                                    List.of(name.schema(), name.name(), table.restore()));
                    session.execute(mend(table));
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

    private Map<QualifiedName, Table> wanted() {
        Map<QualifiedName, Table> found = new TreeMap<>();
        try (Session session = oldServer.open("replica identity")) {
            Catalog.read(session).replicated().stream()
                    .filter(table -> !table.hasWorkingIdentity())
                    .forEach(table -> found.put(table.name(), table));
        }
        return found;
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
