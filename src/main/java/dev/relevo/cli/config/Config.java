package dev.relevo.cli.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What {@code relevo.yaml} says; what it does not say is null. The same record carries what the
 * options and the environment say, so that one can be laid over the other.
 *
 * @param oldServer connection string of the database to move
 * @param newServer connection string of where it goes
 * @param oldFromNew how the new server reaches the old one
 * @param newFromOld how the old server reaches the new one
 * @param jobs how many tables or indexes are worked on at once
 * @param subscriptions over how many subscriptions the tables are spread
 * @param maxRate bytes of rows a second that are copied at most, 0 for no limit
 * @param drainTimeout how long clients may take to finish their transactions
 * @param forceDrain whether to end what is still open then
 * @param catchUpTimeout how long the other side may take to have every change
 * @param overlap longer than a client takes to try all its hosts
 */
public record Config(
        @Nullable String oldServer,
        @Nullable String newServer,
        @Nullable String oldFromNew,
        @Nullable String newFromOld,
        @Nullable Integer jobs,
        @Nullable Integer subscriptions,
        @Nullable Long maxRate,
        @Nullable Duration drainTimeout,
        @Nullable Boolean forceDrain,
        @Nullable Duration catchUpTimeout,
        @Nullable Duration overlap) {

    /** Says nothing. */
    public static final Config EMPTY = ofStart(null, null, null);

    /** Says no more than what {@code start} does at once, and how fast, if that. */
    public static Config ofStart(
            @Nullable Integer jobs, @Nullable Integer subscriptions, @Nullable Long maxRate) {
        return new Config(
                null, null, null, null, jobs, subscriptions, maxRate, null, null, null, null);
    }

    /** This one, and what it leaves open from {@code other}. */
    public Config or(Config other) {
        return new Config(
                first(oldServer, other.oldServer),
                first(newServer, other.newServer),
                first(oldFromNew, other.oldFromNew),
                first(newFromOld, other.newFromOld),
                first(jobs, other.jobs),
                first(subscriptions, other.subscriptions),
                first(maxRate, other.maxRate),
                first(drainTimeout, other.drainTimeout),
                first(forceDrain, other.forceDrain),
                first(catchUpTimeout, other.catchUpTimeout),
                first(overlap, other.overlap));
    }

    /** The same, with these connection strings where they are given. */
    public Config withServers(@Nullable String old, @Nullable String newer) {
        return new Config(
                first(old, oldServer),
                first(newer, newServer),
                oldFromNew,
                newFromOld,
                jobs,
                subscriptions,
                maxRate,
                drainTimeout,
                forceDrain,
                catchUpTimeout,
                overlap);
    }

    private static <T> @Nullable T first(@Nullable T one, @Nullable T other) {
        return one == null ? other : one;
    }

    /** Names no connection string: they may hold what nobody should read. */
    @Override
    public String toString() {
        return "Config[jobs="
                + jobs
                + ", subscriptions="
                + subscriptions
                + ", maxRate="
                + maxRate
                + ", drainTimeout="
                + drainTimeout
                + ", forceDrain="
                + forceDrain
                + ", catchUpTimeout="
                + catchUpTimeout
                + ", overlap="
                + overlap
                + "]";
    }
}
