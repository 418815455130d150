package dev.relevo.upgrade;

import dev.relevo.pg.Endpoint;
import java.time.Duration;
import java.util.Optional;

/**
 * What an upgrade needs to know.
 *
 * @param oldServer the database to move
 * @param newServer where it goes; the database may be missing there
 * @param oldSeenFromNew how the new server reaches the old one, when that is not how we reach it
 * @param newSeenFromOld how the old server reaches the new one, likewise
 * @param handover time limits of the handover
 * @param jobs how many tables or indexes are worked on at once
 */
public record Settings(
        Endpoint oldServer,
        Endpoint newServer,
        Optional<Endpoint> oldSeenFromNew,
        Optional<Endpoint> newSeenFromOld,
        Limits handover,
        int jobs) {

    /**
     * Time limits of a handover.
     *
     * @param drain how long clients may take to finish their transactions; then the handover is
     *     undone
     * @param forceDrain after {@code drain}, end the transactions that are still open instead
     * @param catchUp how long the other side may take to have every change; then the handover is
     *     undone
     * @param overlap longer than a client takes to try all its hosts; zero when clients list {@code
     *     from} first
     */
    public record Limits(Duration drain, boolean forceDrain, Duration catchUp, Duration overlap) {
        public static final Limits DEFAULT =
                new Limits(
                        Duration.ofSeconds(5),
                        false,
                        Duration.ofSeconds(10),
                        Duration.ofMillis(200));
    }
}
