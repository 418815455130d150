package dev.relevo.check;

import dev.relevo.catalog.Catalog;
import dev.relevo.pg.Session;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All that the checks may look at. They change nothing.
 *
 * @param oldServer a session with the database to move
 * @param newServer a session with the database to fill; with {@code postgres} when {@code
 *     newDatabaseMissing}
 * @param catalog of the old database; null when we could not log in
 * @param newDatabaseMissing whether the upgrade will create the database
 * @param begun whether Relevo's own marks say that the upgrade has begun, so that its half-done
 *     work does not count as somebody else's
 * @param onOld what the upgrade takes on the old server
 * @param onNew what it takes on the new one
 * @param subscriptions over how many subscriptions the tables are to be spread
 * @param deep whether rows are looked at for as long as it takes, also those of big tables
 */
public record CheckContext(
        Side oldServer,
        Side newServer,
        @Nullable Catalog catalog,
        boolean newDatabaseMissing,
        boolean begun,
        Needs onOld,
        Needs onNew,
        int subscriptions,
        boolean deep) {

    /** The same, where only a second is spent on rows. */
    public CheckContext(
            Side oldServer,
            Side newServer,
            @Nullable Catalog catalog,
            boolean newDatabaseMissing,
            boolean begun,
            Needs onOld,
            Needs onNew,
            int subscriptions) {
        this(
                oldServer,
                newServer,
                catalog,
                newDatabaseMissing,
                begun,
                onOld,
                onNew,
                subscriptions,
                false);
    }

    /** The session with the old server, if there is one. */
    public Optional<Session> old() {
        return session(oldServer);
    }

    /** The session with the new server, if there is one. */
    public Optional<Session> fresh() {
        return session(newServer);
    }

    private static Optional<Session> session(Side side) {
        return switch (side) {
            case Side.Open(Session session) -> Optional.of(session);
            case Side.Closed _ -> Optional.empty();
        };
    }
}
