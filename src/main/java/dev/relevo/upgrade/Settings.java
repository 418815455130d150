package dev.relevo.upgrade;

import dev.relevo.handover.Limits;
import dev.relevo.pg.Endpoint;
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
        int jobs) {}
