package dev.relevo.upgrade;

import dev.relevo.catalog.Catalog;
import dev.relevo.catalog.QualifiedName;
import dev.relevo.catalog.Server;
import dev.relevo.catalog.Table;
import dev.relevo.copy.CopyTables;
import dev.relevo.copy.Throttle;
import dev.relevo.handover.CloseNew;
import dev.relevo.handover.Installation;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.ServerVersion;
import dev.relevo.pg.Session;
import dev.relevo.plan.Plan;
import dev.relevo.plan.Step;
import dev.relevo.replication.CatchUp;
import dev.relevo.replication.Follow;
import dev.relevo.replication.Grouping;
import dev.relevo.replication.Groups;
import dev.relevo.replication.InitialCopy;
import dev.relevo.replication.Node;
import dev.relevo.replication.Publication;
import dev.relevo.replication.ReplicationRoles;
import dev.relevo.replication.Snapshot;
import dev.relevo.schema.CarryAfterData;
import dev.relevo.schema.CarryDatabaseSettings;
import dev.relevo.schema.CarryRoles;
import dev.relevo.schema.CarrySchema;
import dev.relevo.schema.CreateDatabase;
import dev.relevo.schema.FenceTriggers;
import dev.relevo.schema.LateChecks;
import dev.relevo.schema.RefreshAndAnalyze;
import dev.relevo.schema.Rehearse;
import dev.relevo.schema.SetReplicaIdentities;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
        int subscriptions = pair.subscriptions(settings);
        Catalog catalog;
        Groups groups;
        Routes routes;
        ServerVersion newVersion;
        try (Session session = old.open("start")) {
            catalog = Catalog.read(session);
            routes = Routes.read(session, fresh);
            newVersion = version(fresh);
            groups = Groups.read(session, routes.published(catalog), routes.oids(), subscriptions);
        }
        SnapshotOnOld snapshots = new SnapshotOnOld(pair.old());
        List<QualifiedName> fenced = catalog.fenced().stream().map(Table::name).toList();
        // Whoever only looks or undoes needs none.
        int jobs = Math.max(1, settings.jobs());
        List<Step> steps = new ArrayList<>();
        steps.addAll(
                List.of(
                        new Installation(
                                Server.old(old), Server.old(old), pair.identity(), subscriptions),
                        new CarryRoles(old, fresh, notes),
                        new Rehearse(old, fresh),
                        new CreateDatabase(old, fresh, pair.identity()),
                        new CloseNew(old, fresh),
                        new Installation(
                                Server.fresh(fresh),
                                Server.old(old),
                                pair.identity(),
                                subscriptions),
                        new CarryDatabaseSettings(old, fresh, notes),
                        new SetReplicaIdentities(old, routes.trees(), newVersion),
                        new CarrySchema(old, fresh),
                        LateChecks.takeOff(fresh),
                        FenceTriggers.onOld(old, fenced),
                        FenceTriggers.onNew(fresh, fenced)));
        if (subscriptions > 1) {
            steps.add(new Grouping(pair.old(), groups));
        }
        List<Node> olds = pair.old().parts(subscriptions);
        List<Node> freshes = pair.fresh().parts(subscriptions);
        for (int i = 0; i < subscriptions; i++) {
            steps.add(new ReplicationRoles(olds.get(i)));
            steps.add(new ReplicationRoles(freshes.get(i)));
        }
        for (int i = 0; i < subscriptions; i++) {
            List<QualifiedName> tables = groups.groups().get(i);
            steps.add(new Publication(olds.get(i), tables));
            steps.add(new Publication(freshes.get(i), tables));
        }
        steps.add(
                new Snapshot(
                        pair.old(),
                        pair.fresh(),
                        subscriptions,
                        copy -> CopyTables.isLoaded(fresh, copy)));
        List<Step> following = new ArrayList<>();
        for (int i = 0; i < subscriptions; i++) {
            following.add(new Follow(olds.get(i), freshes.get(i), () -> CopyTables.copied(fresh)));
        }
        // Runs those that follow as soon as it can; they stand behind it for whoever comes later.
        steps.add(
                new CopyTables(
                        old,
                        fresh,
                        catalog.replicated(),
                        routes.roots(),
                        jobs,
                        new Throttle(settings.maxRate()),
                        snapshots,
                        following));
        steps.addAll(following);
        for (int i = 0; i < subscriptions; i++) {
            steps.add(
                    new InitialCopy(
                            olds.get(i),
                            freshes.get(i),
                            bytes(routes.published(catalog), groups.groups().get(i))));
        }
        // Foreign keys only now: every table has its rows.
        steps.add(
                new CarryAfterData(
                        old,
                        fresh,
                        () -> {
                            for (int i = 0; i < subscriptions; i++) {
                                new CatchUp(olds.get(i), freshes.get(i)).apply((_, _, _) -> {});
                            }
                        }));
        steps.add(LateChecks.putBack(fresh, notes));
        steps.add(new RefreshAndAnalyze(old, fresh, jobs, settings.leftOut()));
        for (int i = 0; i < subscriptions; i++) {
            steps.add(new CatchUp(olds.get(i), freshes.get(i)));
        }
        return new Plan(NAME, steps);
    }

    private static ServerVersion version(Endpoint fresh) {
        try (Session session = fresh.withDatabase("postgres").open("start")) {
            return session.version();
        }
    }

    private static long bytes(List<Table> all, List<QualifiedName> tables) {
        Set<QualifiedName> wanted = new HashSet<>(tables);
        return all.stream()
                .filter(table -> wanted.contains(table.name()))
                .mapToLong(Table::bytes)
                .sum();
    }
}
