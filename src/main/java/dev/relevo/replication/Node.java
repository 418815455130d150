package dev.relevo.replication;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Secret;
import dev.relevo.pg.Session;
import dev.relevo.problem.ProblemException;
import java.util.Optional;

/**
 * One side as replication sees it, and how everything there is called.
 *
 * <p>Slots and roles belong to a whole server, so their names carry the oid of the database: two
 * databases of one server can be moved at the same time.
 *
 * @param side which of the two
 * @param endpoint the database, as a superuser
 * @param seenFromOther how the other server reaches this one
 */
public record Node(Side side, Endpoint endpoint, Endpoint seenFromOther) {
    /** The publication on either side. */
    public static final String PUBLICATION = "relevo";

    public Session open(String purpose) {
        return endpoint.open(purpose);
    }

    /** A session, or nothing when the database is not there (yet, or any more). */
    Optional<Session> openIfThere(String purpose) {
        try {
            return Optional.of(open(purpose));
        } catch (ProblemException e) {
            if (e.problem().code().equals("no-database")) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** The subscription by which this side follows the other one. */
    public String subscription() {
        return "relevo_" + side.label();
    }

    /** The slot on this side from which the other one follows. */
    public String slot(Session here) {
        return "relevo_" + side.other().label() + "_" + databaseOid(here);
    }

    /**
     * The role as which the other server reads from this one: a password nobody knows, no more
     * rights than it needs.
     */
    public String replicationRole(Session here) {
        return "relevo_replication_" + databaseOid(here);
    }

    /**
     * The superuser that owns the subscription on this side; it has no password, so nobody logs in
     * as it.
     */
    public String applyRole(Session here) {
        return "relevo_apply_" + databaseOid(here);
    }

    /** How the other side logs in here. */
    Endpoint login(String role, Secret password) {
        return seenFromOther.withUser(role, password);
    }

    private static String databaseOid(Session here) {
        return here.text(
                "SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname ="
                        + " pg_catalog.current_database()");
    }
}
