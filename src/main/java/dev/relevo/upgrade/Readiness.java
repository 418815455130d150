package dev.relevo.upgrade;

import dev.relevo.catalog.Catalog;
import dev.relevo.catalog.PartitionTree;
import dev.relevo.catalog.QualifiedName;
import dev.relevo.catalog.Side;
import dev.relevo.catalog.Table;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.replication.CopyProgress;
import dev.relevo.replication.CrossingKey;
import dev.relevo.replication.Followed;
import dev.relevo.replication.Node;
import dev.relevo.replication.Publication;
import dev.relevo.schema.CarryAfterData;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Whether the other side really has, and will go on to have, every row: a mark that arrives proves
 * this only of tables that are replicated and whose copy is complete.
 */
final class Readiness {
    private final Node from;
    private final Node to;

    private final int subscriptions;

    Readiness(Node from, Node to, int subscriptions) {
        this.from = from;
        this.to = to;
        this.subscriptions = subscriptions;
    }

    void require() {
        try (Session here = from.open("switch");
                Session there = to.open("switch")) {
            CopyProgress copy = CopyProgress.read(there, to, subscriptions);
            if (!copy.complete()) {
                throw refusal(
                        "copy-incomplete",
                        "the initial copy is not complete",
                        "%d of %d tables are ready".formatted(copy.ready(), copy.total()),
                        "Run relevo start and let it come to its end.");
            }
            if (!CarryAfterData.isComplete(from.side() == Side.NEW ? here : there)) {
                throw refusal(
                        "schema-incomplete",
                        "the new server has not all of the schema yet",
                        "foreign keys, triggers or other objects are missing there",
                        "Run relevo start and let it come to its end.");
            }
            Followed.requireSame(here, from.side());
            Set<QualifiedName> forth = new TreeSet<>();
            Set<QualifiedName> back = new TreeSet<>();
            for (int part = 1; part <= subscriptions; part++) {
                Set<QualifiedName> both =
                        new TreeSet<>(CopyProgress.tables(there, to.part(part).subscription()));
                both.retainAll(Publication.published(here, from.part(part)));
                forth.addAll(both);
                back.addAll(Publication.published(there, to.part(part)));
            }
            forth.addAll(PartitionTree.leaves(here, forth));
            back.addAll(PartitionTree.leaves(there, back));
            requireReplicated(here, from, forth);
            requireReplicated(there, to, back);
            // A way back that may stop later is better than none, so rollback lets them be.
            if (from.side() == Side.OLD && subscriptions > 1) {
                requireNoCrossingKeys(here, there);
            }
        }
    }

    /**
     * Every table is replicated away from {@code node}, and none would refuse an UPDATE because of
     * that.
     */
    private static void requireReplicated(
            Session session, Node node, Collection<QualifiedName> replicated) {
        Catalog catalog = Catalog.read(session);
        if (catalog.largeObjects() > 0) {
            throw refusal(
                    "large-objects",
                    "the " + node.side() + " server has large objects",
                    catalog.largeObjects() + " of them; they are not replicated",
                    "Move them into bytea columns, or remove them with lo_unlink.");
        }
        Set<QualifiedName> missing =
                catalog.replicated().stream()
                        .map(Table::name)
                        .collect(Collectors.toCollection(TreeSet::new));
        missing.removeAll(replicated);
        if (!missing.isEmpty()) {
            throw refusal(
                    "not-replicated",
                    "a table of the " + node.side() + " server is not replicated",
                    names(missing),
                    "Run relevo start again: it adds tables that were created since.");
        }
        Set<QualifiedName> unidentified =
                catalog.replicated().stream()
                        .filter(table -> !table.hasWorkingIdentity())
                        .map(Table::name)
                        .collect(Collectors.toCollection(TreeSet::new));
        if (!unidentified.isEmpty()) {
            throw refusal(
                    "no-replica-identity",
                    "a table of the " + node.side() + " server has no replica identity",
                    names(unidentified),
                    "Run ALTER TABLE … REPLICA IDENTITY FULL, or add a primary key, on that server.");
        }
    }

    /**
     * Neither on the side that follows now nor on the one that will: a TRUNCATE would stop its
     * apply worker, and the log it has not read fills the disk of the side that serves.
     */
    private static void requireNoCrossingKeys(Session old, Session fresh) {
        Map<CrossingKey, String> where = CrossingKeys.of(old, fresh);
        if (!where.isEmpty()) {
            throw refusal(
                    "foreign-key-across-subscriptions",
                    "a foreign key ties tables of two subscriptions",
                    where.entrySet().stream()
                            .map(key -> key.getKey() + ", on " + key.getValue())
                            .collect(Collectors.joining("; ")),
                    "Take it away until relevo finish: run %s there, then the same command again."
                            .formatted(
                                    where.keySet().stream()
                                            .map(CrossingKey::drop)
                                            .collect(Collectors.joining("; "))));
        }
    }

    private static String names(Set<QualifiedName> tables) {
        return tables.stream().map(QualifiedName::toString).collect(Collectors.joining(", "));
    }

    private static RuntimeException refusal(
            String code, String message, String detail, String hint) {
        return new Problem(ExitStatus.STATE, code, message, detail, hint).toException();
    }
}
