package dev.relevo.upgrade;

import dev.relevo.catalog.Catalog;
import dev.relevo.catalog.QualifiedName;
import dev.relevo.catalog.Side;
import dev.relevo.catalog.Table;
import dev.relevo.copy.CopyTables;
import dev.relevo.copy.Throttle;
import dev.relevo.handover.CloseNew;
import dev.relevo.handover.Installation;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.plan.Plan;
import dev.relevo.plan.Step;
import dev.relevo.replication.CatchUp;
import dev.relevo.replication.Follow;
import dev.relevo.replication.InitialCopy;
import dev.relevo.replication.Publication;
import dev.relevo.replication.ReplicationRoles;
import dev.relevo.replication.Snapshot;
import dev.relevo.schema.CarryAfterData;
import dev.relevo.schema.CarryDatabaseSettings;
import dev.relevo.schema.CarryRoles;
import dev.relevo.schema.CarrySchema;
import dev.relevo.schema.CreateDatabase;
import dev.relevo.schema.FenceTriggers;
import dev.relevo.schema.RefreshAndAnalyze;
import dev.relevo.schema.SetReplicaIdentities;
import java.util.List;
import java.util.function.Consumer;

/**
 * Everything that {@code start} does, in its order; {@code abort} undoes it in the opposite one.
 */
final class StartPlan {
    static final String NAME = "start";

    private StartPlan() {}

    /**
     * The plan as the old database stands now.
     *
     * @param notes takes what was left as it was, one line each
     */
    static Plan of(Settings settings, Pair pair, Consumer<String> notes) {
        Endpoint old = settings.oldServer();
        Endpoint fresh = settings.newServer();
        Catalog catalog;
        try (Session session = old.open("start")) {
            catalog = Catalog.read(session);
        }
        SnapshotOnOld snapshots = new SnapshotOnOld(pair.old());
        List<QualifiedName> replicated = catalog.replicated().stream().map(Table::name).toList();
        List<QualifiedName> fenced = catalog.fenced().stream().map(Table::name).toList();
        long bytes = catalog.replicated().stream().mapToLong(Table::bytes).sum();
        // Whoever only looks or undoes needs none.
        int jobs = Math.max(1, settings.jobs());
        List<Step> steps =
                List.of(
                        new Installation(Side.OLD, old),
                        new CarryRoles(old, fresh, notes),
                        new CreateDatabase(old, fresh),
                        new CloseNew(old, fresh),
                        new Installation(Side.NEW, fresh),
                        new CarryDatabaseSettings(old, fresh, notes),
                        new SetReplicaIdentities(old),
                        new CarrySchema(old, fresh),
                        FenceTriggers.onOld(old, fenced),
                        FenceTriggers.onNew(fresh, fenced),
                        new ReplicationRoles(pair.old()),
                        new ReplicationRoles(pair.fresh()),
                        new Publication(pair.old(), replicated),
                        new Publication(pair.fresh(), replicated),
                        new Snapshot(
                                pair.old(), pair.fresh(), copy -> CopyTables.isLoaded(fresh, copy)),
                        new CopyTables(
                                old,
                                fresh,
                                catalog.replicated(),
                                jobs,
                                new Throttle(settings.maxRate()),
                                snapshots),
                        new Follow(pair.old(), pair.fresh(), () -> CopyTables.copied(fresh)),
                        new InitialCopy(pair.old(), pair.fresh(), bytes),
                        // Foreign keys only now: every table has its rows.
                        new CarryAfterData(fresh),
                        new RefreshAndAnalyze(old, fresh, jobs),
                        new CatchUp(pair.old(), pair.fresh()));
        return new Plan(NAME, steps);
    }
}
