package dev.relevo.ledger;

import static dev.relevo.ledger.OwnTable.STATE;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Session;
import java.util.Optional;

/** What {@link OwnTable#STATE} says of one side. */
public enum ServingState {
    /** Clients write here. */
    OPEN,
    /** A copy that follows the other side. */
    CLOSED,
    /** Its clients were handed over. */
    FENCED;

    /** Says of a side that was just prepared that the old one serves; what is there stays. */
    public static String statement(Side side, int subscriptions) {
        return "INSERT INTO "
                + STATE
                + " (side, status, subscriptions) VALUES ('%s', '%s', %d) ON CONFLICT DO NOTHING"
                        .formatted(
                                side.label(), side == Side.OLD ? "open" : "closed", subscriptions);
    }

    /**
     * How many subscriptions there are in each direction, or nothing when Relevo has not been here.
     */
    public static Optional<Integer> subscriptions(Session session) {
        return read(session).isEmpty()
                ? Optional.empty()
                : session.first(
                        "SELECT subscriptions FROM " + STATE, row -> row.integer("subscriptions"));
    }

    /** What is recorded, or nothing when Relevo has not been here. */
    public static Optional<ServingState> read(Session session) {
        if (!session.exists("SELECT WHERE pg_catalog.to_regclass('" + STATE + "') IS NOT NULL")) {
            return Optional.empty();
        }
        return session.first(
                "SELECT status FROM " + STATE,
                row ->
                        switch (row.text("status")) {
                            case "open" -> OPEN;
                            case "closed" -> CLOSED;
                            default -> FENCED;
                        });
    }
}
