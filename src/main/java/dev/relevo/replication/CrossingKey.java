package dev.relevo.replication;

import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.List;

/**
 * A foreign key between tables that go by two subscriptions. {@link Groups} lets none be, so it was
 * made since.
 *
 * <p>An apply worker truncates the tables of its own subscription and no other, with RESTRICT, also
 * where the publisher was told CASCADE. PostgreSQL refuses that as long as another table refers to
 * one of them, be it empty, and also in a worker, which then begins the same transaction again and
 * again until the foreign key is gone from its server.
 *
 * @param referrer the table that has it, as SQL
 * @param name as SQL
 * @param referred the table it refers to, as SQL
 */
public record CrossingKey(String referrer, String name, String referred) {

    /** Those of one server. Takes no locks. */
    public static List<CrossingKey> read(Session session) {
        return session.query(
                SqlFile.load(CrossingKey.class, "crossing_keys"),
                row ->
                        new CrossingKey(
                                row.text("referrer"), row.text("name"), row.text("referred")),
                Node.PUBLICATIONS);
    }

    /** Takes it away, in a moment. */
    public String drop() {
        return "ALTER TABLE " + referrer + " DROP CONSTRAINT " + name;
    }

    /** {@code foreign key book_author of public.book to public.author}. */
    @Override
    public String toString() {
        return "foreign key " + name + " of " + referrer + " to " + referred;
    }
}
