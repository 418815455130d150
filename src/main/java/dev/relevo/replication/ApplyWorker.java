package dev.relevo.replication;

import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;

/**
 * The apply worker of one subscription, as its own server shows it at one moment.
 *
 * @param running whether there is one; one that fails is started again every few seconds
 * @param receiving whether the publisher has sent it anything
 */
public record ApplyWorker(boolean running, boolean receiving) {
    /** That of a subscription of the session's database. */
    public static ApplyWorker read(Session subscriber, String subscription) {
        return subscriber.one(
                SqlFile.load(ApplyWorker.class, "apply_worker"),
                row -> new ApplyWorker(row.bool("running"), row.bool("receiving")),
                subscription);
    }
}
