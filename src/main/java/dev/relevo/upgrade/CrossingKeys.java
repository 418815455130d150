package dev.relevo.upgrade;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Session;
import dev.relevo.replication.CrossingKey;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Foreign keys between tables of two subscriptions, on both servers. */
final class CrossingKeys {
    private CrossingKeys() {}

    /** Each of them, and on which server it is. */
    static Map<CrossingKey, String> of(Session old, Session fresh) {
        Map<CrossingKey, String> where = new LinkedHashMap<>();
        CrossingKey.read(old).forEach(key -> where.put(key, "the old server"));
        CrossingKey.read(fresh)
                .forEach(key -> where.merge(key, "the new server", (_, _) -> "both servers"));
        return where;
    }

    /** A line for each that is on the side that follows, or will be after a handover. */
    static List<String> problems(Session publisher, Session subscriber, Side publishing) {
        Map<CrossingKey, String> where =
                publishing == Side.OLD ? of(publisher, subscriber) : of(subscriber, publisher);
        return where.entrySet().stream()
                .map(key ->
                        "%s, on %s, ties tables of two subscriptions: a TRUNCATE stops an apply worker for good; run %s there"
                                .formatted(key.getKey(), key.getValue(), key.getKey().drop()))
                .toList();
    }
}
