package dev.relevo.upgrade;

import dev.relevo.catalog.Server;
import dev.relevo.catalog.Side;
import dev.relevo.copy.Throttle;
import dev.relevo.handover.Limits;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Secret;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What an upgrade needs to know.
 *
 * @param oldServer the database to move
 * @param newServer where it goes; the database may be missing there
 * @param oldSeenFromNew how the new server reaches the old one, when that is not how we reach it
 * @param newSeenFromOld how the old server reaches the new one, likewise
 * @param handover time limits of the handover
 * @param jobs how many tables or indexes are worked on at once, or {@link #AUTOMATIC}
 * @param subscriptions over how many subscriptions the tables are spread, or {@link #AUTOMATIC}: as
 *     many as the upgrade has, one when it begins
 * @param maxRate bytes of rows a second that the workers of this process copy together at most, or
 *     {@link Throttle#UNLIMITED}
 * @param leftOut materialized views and tables that start neither fills nor analyzes
 */
public record Settings(
        Endpoint oldServer,
        Endpoint newServer,
        Optional<Endpoint> oldSeenFromNew,
        Optional<Endpoint> newSeenFromOld,
        Limits handover,
        int jobs,
        int subscriptions,
        long maxRate,
        Set<String> leftOut) {
    /** As many {@code jobs} as suit both servers; as many {@code subscriptions} as there are. */
    public static final int AUTOMATIC = 0;

    /** Each costs the publisher another reading of its whole write-ahead log. */
    public static final int MOST_SUBSCRIPTIONS = 16;

    /** Stands for a server that is gone, and of which nobody has said where it was. */
    public static final Endpoint NOT_GIVEN =
            new Endpoint("not-given.invalid", 1, "none", "none", Secret.NONE, Map.of());

    public Settings {
        if (jobs < 0) {
            throw new IllegalArgumentException("not a number of jobs: " + jobs);
        }
        if (subscriptions < 0) {
            throw new IllegalArgumentException("not a number of subscriptions: " + subscriptions);
        }
        if (maxRate < 0) {
            throw new IllegalArgumentException("not a rate: " + maxRate);
        }
        leftOut = Set.copyOf(leftOut);
    }

    public Server server(Side side) {
        return new Server(side, side == Side.OLD ? oldServer : newServer);
    }

    /** The same with nothing left out. */
    public Settings(
            Endpoint oldServer,
            Endpoint newServer,
            Optional<Endpoint> oldSeenFromNew,
            Optional<Endpoint> newSeenFromOld,
            Limits handover,
            int jobs,
            int subscriptions,
            long maxRate) {
        this(
                oldServer,
                newServer,
                oldSeenFromNew,
                newSeenFromOld,
                handover,
                jobs,
                subscriptions,
                maxRate,
                Set.of());
    }

    /** The same without a limit to the rate. */
    public Settings(
            Endpoint oldServer,
            Endpoint newServer,
            Optional<Endpoint> oldSeenFromNew,
            Optional<Endpoint> newSeenFromOld,
            Limits handover,
            int jobs,
            int subscriptions) {
        this(
                oldServer,
                newServer,
                oldSeenFromNew,
                newSeenFromOld,
                handover,
                jobs,
                subscriptions,
                Throttle.UNLIMITED);
    }

    /** The limits and numbers in force, for the journal; names no server and no secret. */
    String options() {
        return "drain-timeout=%dms catch-up-timeout=%dms overlap=%dms force-drain=%s jobs=%d subscriptions=%d max-rate=%d"
                .formatted(
                        handover.drain().toMillis(),
                        handover.catchUp().toMillis(),
                        handover.overlap().toMillis(),
                        handover.forceDrain(),
                        jobs,
                        subscriptions,
                        maxRate);
    }

    Settings withJobs(int number) {
        return new Settings(
                oldServer,
                newServer,
                oldSeenFromNew,
                newSeenFromOld,
                handover,
                number,
                subscriptions,
                maxRate,
                leftOut);
    }

    Settings withMaxRate(long bytesPerSecond) {
        return new Settings(
                oldServer,
                newServer,
                oldSeenFromNew,
                newSeenFromOld,
                handover,
                jobs,
                subscriptions,
                bytesPerSecond,
                leftOut);
    }

    /** The same, with these views and tables neither filled nor analyzed. */
    public Settings leavingOut(Set<String> names) {
        return new Settings(
                oldServer,
                newServer,
                oldSeenFromNew,
                newSeenFromOld,
                handover,
                jobs,
                subscriptions,
                maxRate,
                names);
    }
}
