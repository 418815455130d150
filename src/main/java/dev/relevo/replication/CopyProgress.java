package dev.relevo.replication;

import dev.relevo.catalog.QualifiedName;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How far the initial copy of a subscription is.
 *
 * @param total tables, our own table of marks included
 * @param ready tables that are copied and have caught up
 * @param bytes size of all of them on the subscriber, indexes left out
 * @param underWay the tables that are copied just now
 */
public record CopyProgress(int total, int ready, long bytes, String underWay) {

    public static CopyProgress read(Session subscriber, String subscription) {
        return subscriber.one(
                SqlFile.load(CopyProgress.class, "copy_progress"),
                row ->
                        new CopyProgress(
                                row.integer("total"),
                                row.integer("ready"),
                                row.bigint("bytes"),
                                Objects.requireNonNullElse(row.textOrNull("under_way"), "")),
                subscription);
    }

    /** Of all subscriptions together; complete when each of them is there and is. */
    public static CopyProgress read(Session session, Node subscriber, int subscriptions) {
        CopyProgress all = new CopyProgress(0, 0, 0, "");
        for (Node part : subscriber.parts(subscriptions)) {
            CopyProgress one = read(session, part.subscription());
            if (one.total() == 0) {
                return one;
            }
            all =
                    new CopyProgress(
                            all.total() + one.total(),
                            all.ready() + one.ready(),
                            all.bytes() + one.bytes(),
                            Stream.of(all.underWay(), one.underWay())
                                    .filter(names -> !names.isEmpty())
                                    .collect(Collectors.joining(", ")));
        }
        return all;
    }

    /** The tables the subscription knows. */
    public static Set<QualifiedName> tables(Session subscriber, String subscription) {
        return new TreeSet<>(
                subscriber.query(
                        "SELECT n.nspname, c.relname FROM pg_catalog.pg_subscription_rel r"
                                + " JOIN pg_catalog.pg_subscription s ON s.oid = r.srsubid"
                                + " JOIN pg_catalog.pg_class c ON c.oid = r.srrelid"
                                + " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                                + " WHERE s.subname = ?",
                        row -> new QualifiedName(row.text("nspname"), row.text("relname")),
                        subscription));
    }

    public boolean complete() {
        return total > 0 && ready == total;
    }
}
