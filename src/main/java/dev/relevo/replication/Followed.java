package dev.relevo.replication;

import dev.relevo.catalog.LostChanges;
import dev.relevo.catalog.Side;
import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which relations the copy was made of. A table that is dropped and created again under its old
 * name is another table: it leaves the publication, and nobody copies its rows, while every name
 * still agrees. So the oids are kept, in {@link Facts} of the publisher.
 */
public final class Followed {
    private Followed() {}

    /** Remembers the tables published now; those remembered before keep their oids. */
    static void remember(Session publisher) {
        Map<String, String> published = new TreeMap<>();
        publisher.query(
                SqlFile.load(Followed.class, "published"),
                row -> published.put(row.text("name"), row.text("oid")) == null,
                Node.PUBLICATIONS);
        Facts facts = new Facts(publisher);
        facts.putFirst(Fact.FOLLOWED, published);
        facts.putFirst(Fact.PARTITION, partitions(publisher));
    }

    /** The leaves of trees that go by their roots, with their OIDs. */
    private static Map<String, String> partitions(Session publisher) {
        Map<String, String> partitions = new TreeMap<>();
        publisher.query(
                SqlFile.load(Followed.class, "published_partitions"),
                row -> partitions.put(row.text("name"), row.text("oid")) == null,
                Node.PUBLICATIONS);
        return partitions;
    }

    /**
     * Partitions that were dropped or detached since, of trees that go by their roots. Their rows
     * went with them, which reaches nobody: on the other side they may be in any partition.
     */
    static List<String> gone(Session publisher) {
        Map<String, List<String>> known = new Facts(publisher).all(Fact.PARTITION);
        if (known.isEmpty()) {
            return List.of();
        }
        Collection<String> now = partitions(publisher).values();
        return known.entrySet().stream()
                .filter(entry -> !now.contains(entry.getValue().getFirst()))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Forgets all, before a new copy. */
    static void forget(Session publisher) {
        new Facts(publisher).remove(Fact.FOLLOWED);
        new Facts(publisher).remove(Fact.PARTITION);
    }

    /** The tables that are not the ones that were copied, by name. */
    static List<String> recreated(Session publisher) {
        Map<String, List<String>> followed = new Facts(publisher).all(Fact.FOLLOWED);
        return publisher.query(
                SqlFile.load(Followed.class, "recreated"),
                row -> row.text("name"),
                List.copyOf(followed.keySet()),
                followed.values().stream().map(List::getFirst).toList());
    }

    /**
     * Refuses when a table was created anew.
     *
     * @throws dev.relevo.problem.ProblemException that names it
     */
    public static void requireSame(Session publisher, Side side) {
        List<String> recreated = recreated(publisher);
        if (!recreated.isEmpty()) {
            throw new Problem(
                            ExitStatus.STATE,
                            "table-recreated",
                            "a table of the " + side + " server was dropped and created again",
                            String.join(", ", recreated) + ": the rows in it now were not copied",
                            LostChanges.NEW_COPY)
                    .toException();
        }
    }
}
