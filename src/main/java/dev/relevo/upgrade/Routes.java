package dev.relevo.upgrade;

import dev.relevo.catalog.Catalog;
import dev.relevo.catalog.PartitionTree;
import dev.relevo.catalog.QualifiedName;
import dev.relevo.catalog.Routing;
import dev.relevo.catalog.Table;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.replication.PublishedTrees;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which partition trees go by their roots, because their rows may belong to other partitions on the
 * other server. All other partitions go as tables of their own, each to the one of its name.
 *
 * <p>What was begun one way stays so: it is read from the publications.
 */
record Routes(List<PartitionTree> trees) {
    Routes {
        trees = List.copyOf(trees);
    }

    /** As the two servers are now. Takes no locks. */
    static Routes read(Session old, Endpoint fresh) {
        if (!old.version().atLeast(Routing.BY_ROOT)) {
            return new Routes(List.of());
        }
        List<PartitionTree> all = PartitionTree.read(old);
        if (all.isEmpty()) {
            return new Routes(List.of());
        }
        Map<Long, Boolean> begun = PublishedTrees.read(old);
        try (Server server = new Server(fresh.withDatabase("postgres"))) {
            Map<Long, Routing> differing = Routing.differing(old, server::session);
            return new Routes(
                    all.stream()
                            .filter(tree ->
                                    begun.getOrDefault(
                                            tree.oid(), differing.containsKey(tree.oid())))
                            .toList());
        }
    }

    /** Opened when it is asked for. */
    private static final class Server implements AutoCloseable {
        private final Endpoint endpoint;
        private @Nullable Session session;

        Server(Endpoint endpoint) {
            this.endpoint = endpoint;
        }

        Session session() {
            Session open = Objects.requireNonNullElseGet(session, () -> endpoint.open("start"));
            session = open;
            return open;
        }

        @Override
        public void close() {
            Optional.ofNullable(session).ifPresent(Session::close);
        }
    }

    /** The root of each leaf that goes by it. */
    Map<QualifiedName, QualifiedName> roots() {
        Map<QualifiedName, QualifiedName> roots = new HashMap<>();
        trees.forEach(tree -> tree.leaves().forEach(leaf -> roots.put(leaf.name(), tree.root())));
        return roots;
    }

    /** The same by OIDs of the old server. */
    Map<Long, Long> oids() {
        Map<Long, Long> roots = new HashMap<>();
        trees.forEach(tree -> tree.leaves().forEach(leaf -> roots.put(leaf.oid(), tree.oid())));
        return roots;
    }

    /** What publications name: roots with the size of their trees, and all other tables. */
    List<Table> published(Catalog catalog) {
        Map<Long, Long> root = oids();
        Map<Long, Long> bytes = new HashMap<>();
        catalog.replicated().stream()
                .filter(table -> root.containsKey(table.oid()))
                .forEach(table ->
                        bytes.merge(
                                Objects.requireNonNull(root.get(table.oid())),
                                table.bytes(),
                                Long::sum));
        List<Table> published =
                new ArrayList<>(
                        catalog.replicated().stream()
                                .filter(table -> !root.containsKey(table.oid()))
                                .toList());
        catalog.tables().stream()
                .filter(table -> trees.stream().anyMatch(tree -> tree.oid() == table.oid()))
                .forEach(table -> published.add(table.sized(bytes.getOrDefault(table.oid(), 0L))));
        return List.copyOf(published);
    }
}
