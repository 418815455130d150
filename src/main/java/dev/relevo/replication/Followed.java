package dev.relevo.replication;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.util.List;

/**
 * Which relations the copy was made of. A table that is dropped and created again under its old
 * name is another table: it leaves the publication, and nobody copies its rows, while every name
 * still agrees. So the oids are kept, in {@code relevo.saved} of the publisher.
 */
public final class Followed {
    private Followed() {}

    /** Remembers the tables published now; those remembered before keep their oids. */
    static void remember(Session publisher) {
        publisher.update(SqlFile.load(Followed.class, "followed_remember"), Node.PUBLICATIONS);
    }

    /** Forgets all, before a new copy. */
    static void forget(Session publisher) {
        publisher.update("DELETE FROM relevo.saved WHERE pg_catalog.starts_with(key, 'followed ')");
    }

    /** The tables that are not the ones that were copied, by name. */
    static List<String> recreated(Session publisher) {
        return publisher.query(
                SqlFile.load(Followed.class, "followed_recreated"), row -> row.text("name"));
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
                            "A new copy is needed: run relevo abort, then relevo start.")
                    .toException();
        }
    }
}
