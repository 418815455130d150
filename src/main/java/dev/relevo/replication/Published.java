package dev.relevo.replication;

import dev.relevo.catalog.LostChanges;
import dev.relevo.catalog.QualifiedName;
import dev.relevo.catalog.Side;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whether a publication of ours still publishes all that the other side follows, and whether the
 * fence stands on the tables of the side that follows: others may change both by hand.
 */
public final class Published {
    private static final int SHOWN = 5;

    private Published() {}

    /**
     * What of a subscription's tables does not reach it in full, one line each. What was changed
     * meanwhile is lost to it, also when the publication is put right afterwards.
     */
    public static List<String> problems(
            Session here, Node publisher, Session there, Node follower) {
        Set<QualifiedName> followed = CopyProgress.tables(there, follower.subscription());
        if (followed.isEmpty()) {
            return List.of();
        }
        List<String> problems = new ArrayList<>(inPart(here, publisher));
        Set<QualifiedName> published = Publication.published(here, publisher);
        if (published.isEmpty()) {
            problems.add(
                    "publication %s is gone from the %s server or is empty: changes are lost to the %s one.\n%s"
                            .formatted(
                                    publisher.publication(),
                                    publisher.side(),
                                    follower.side(),
                                    LostChanges.remedy(follower.side())));
            return problems;
        }
        List<String> gone = Followed.gone(here);
        if (!gone.isEmpty()) {
            problems.add(
                    "partition %s left a tree that is replicated as a whole, on the %s server: the rows that went with it are still on the %s one.\n%s"
                            .formatted(
                                    String.join(", ", gone),
                                    publisher.side(),
                                    follower.side(),
                                    LostChanges.remedy(follower.side())));
        }
        followed.removeAll(published);
        // One that was dropped is another matter: its rows are not changed any more.
        followed.removeIf(table ->
                !here.exists("SELECT WHERE pg_catalog.to_regclass(?) IS NOT NULL", table.sql()));
        if (!followed.isEmpty()) {
            problems.add(
                    "publication %s on the %s server does not publish %s any more: their changes are lost to the %s one.\n%s"
                            .formatted(
                                    publisher.publication(),
                                    publisher.side(),
                                    named(followed),
                                    follower.side(),
                                    LostChanges.remedy(follower.side())));
        }
        return problems;
    }

    /** What a publication was told to leave out: kinds of statements, rows or columns. */
    static List<String> inPart(Session here, Node publisher) {
        return here.query(
                SqlFile.load(Published.class, "published_in_part", here.version()),
                row ->
                        "publication %s on the %s server was told to leave out %s: that is lost to the %s one.\n%s"
                                .formatted(
                                        publisher.publication(),
                                        publisher.side(),
                                        row.text("what"),
                                        publisher.side().other(),
                                        LostChanges.remedy(publisher.side().other())),
                publisher.publication());
    }

    /** On which tables of the side that follows clients could write, a line if there are any. */
    public static List<String> unfenced(Session there, Node follower, int subscriptions) {
        List<QualifiedName> open =
                there.query(
                        SqlFile.load(Published.class, "unfenced"),
                        row -> new QualifiedName(row.text("schema"), row.text("name")),
                        follower.parts(subscriptions).stream().map(Node::publication).toList());
        return open.isEmpty()
                ? List.of()
                : List.of(
                        "the fence is missing or disabled on the %s server, on %s: clients can write there, which is lost or stops replication.\n%s"
                                .formatted(
                                        follower.side(),
                                        named(open),
                                        follower.side() == Side.NEW
                                                ? "Run relevo start again: it puts the fence right."
                                                : "Run ALTER TABLE … ENABLE ALWAYS TRIGGER relevo_fence there; each handover puts"
                                                        + " it right, too."));
    }

    private static String named(Collection<QualifiedName> tables) {
        List<String> names =
                new TreeSet<>(tables).stream().limit(SHOWN).map(QualifiedName::toString).toList();
        return String.join(", ", names)
                + (tables.size() > SHOWN ? " and %d more".formatted(tables.size() - SHOWN) : "");
    }
}
