package dev.relevo.upgrade;

import dev.relevo.catalog.Catalog;
import dev.relevo.catalog.QualifiedName;
import dev.relevo.catalog.Side;
import dev.relevo.catalog.Table;
import dev.relevo.handover.Installation;
import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.pg.Session;
import dev.relevo.plan.Plan;
import dev.relevo.plan.Step;
import dev.relevo.replication.Follow;
import dev.relevo.replication.Node;
import dev.relevo.replication.Publication;
import dev.relevo.replication.ReplicationRoles;
import dev.relevo.schema.FenceTriggers;
import dev.relevo.schema.SetReplicaIdentities;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What {@code finish} undoes, last first: the way back, and everything of Relevo's on both servers.
 * The data, the roles and the settings of the users stay, and so does {@code
 * default_transaction_read_only} on the old database, without which clients with several hosts
 * would write there.
 */
final class FinishPlan {
    private FinishPlan() {}

    static Plan of(Settings settings, Pair pair) {
        List<QualifiedName> fenced;
        try (Session session = settings.newServer().open("finish")) {
            fenced = Catalog.read(session).fenced().stream().map(Table::name).toList();
        }
        carrySavedIdentities(settings);
        int subscriptions = pair.subscriptions();
        List<Step> steps = new ArrayList<>();
        steps.addAll(
                List.of(
                        // Undone last: what says that the new side serves, and that finish may go
                        // on.
                        installation(Side.NEW, settings, pair, subscriptions),
                        installation(Side.OLD, settings, pair, subscriptions),
                        new SetReplicaIdentities(settings.oldServer()),
                        SetReplicaIdentities.onNew(settings.newServer()),
                        FenceTriggers.onOld(settings.oldServer(), fenced),
                        FenceTriggers.onNew(settings.newServer(), fenced)));
        List<Node> olds = pair.old().parts(subscriptions);
        List<Node> freshes = pair.fresh().parts(subscriptions);
        for (int i = 0; i < subscriptions; i++) {
            steps.add(new ReplicationRoles(olds.get(i)));
            steps.add(new ReplicationRoles(freshes.get(i)));
        }
        for (int i = 0; i < subscriptions; i++) {
            steps.add(new Publication(olds.get(i), List.of()));
            steps.add(new Publication(freshes.get(i), List.of()));
        }
        for (int i = 0; i < subscriptions; i++) {
            steps.add(new Follow(freshes.get(i), olds.get(i), Set::of));
        }
        return new Plan("finish", steps);
    }

    private static Installation installation(
            Side side, Settings settings, Pair pair, int subscriptions) {
        return new Installation(
                        pair.node(side).server(),
                        settings.server(Side.OLD),
                        pair.identity(),
                        subscriptions)
                .finishing();
    }

    /**
     * The new server was given the changed identities with the dump; it goes back to the original
     * ones too. It knows them from {@code start} on, should the old one be lost.
     */
    static void carrySavedIdentities(Settings settings) {
        Map<String, List<String>> identities;
        try (Session old = settings.oldServer().open("finish")) {
            identities = new Facts(old).all(Fact.REPLICA_IDENTITY);
        }
        try (Session fresh = settings.newServer().open("finish")) {
            Facts facts = new Facts(fresh);
            identities.forEach(
                    (table, value) -> facts.putFirst(Fact.REPLICA_IDENTITY, table, value));
        }
    }
}
