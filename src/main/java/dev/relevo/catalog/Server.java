package dev.relevo.catalog;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;

/**
 * A server as the side of an upgrade that it is.
 *
 * @param side which of the two
 * @param endpoint its database, as a superuser
 */
public record Server(Side side, Endpoint endpoint) {
    public static Server old(Endpoint endpoint) {
        return new Server(Side.OLD, endpoint);
    }

    public static Server fresh(Endpoint endpoint) {
        return new Server(Side.NEW, endpoint);
    }

    /** A new session there; {@code purpose} is shown in {@code pg_stat_activity}. */
    public Session open(String purpose) {
        return endpoint.open(purpose);
    }

    /** As people call it: {@code old} or {@code new}. */
    @Override
    public String toString() {
        return side.label();
    }
}
