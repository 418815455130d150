package dev.relevo.replication;

import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.HashMap;
import java.util.Map;

/** How partition trees are published already: one that was begun stays as it is. */
public final class PublishedTrees {
    private PublishedTrees() {}

    /** By the root's OID, whether the root is published, or else its leaves. Takes no locks. */
    public static Map<Long, Boolean> read(Session publisher) {
        Map<Long, Boolean> byRoot = new HashMap<>();
        publisher.query(
                SqlFile.load(PublishedTrees.class, "published_trees"),
                row -> byRoot.put(row.bigint("root"), row.bool("by_root")) == null,
                Node.PUBLICATIONS);
        return byRoot;
    }
}
