package dev.relevo.replication;

import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.Objects;

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

    public boolean complete() {
        return total > 0 && ready == total;
    }
}
