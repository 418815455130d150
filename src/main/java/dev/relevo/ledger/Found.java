package dev.relevo.ledger;

import dev.relevo.catalog.Side;
import java.time.Instant;
import java.util.Optional;

/**
 * What was found in the database that is given as one side.
 *
 * @param address how we reach it, for people
 * @param here which database it is
 * @param schema what schema {@code relevo} in it is
 */
public record Found(String address, ServerId here, Schema schema) {
    /** What schema {@code relevo} is. */
    public sealed interface Schema {}

    /** There is none, or there is no such database yet. */
    public record Nothing() implements Schema {}

    /**
     * There is one that Relevo did not make, or that a Relevo made which this one does not know.
     */
    public record Foreign(String what) implements Schema {}

    /**
     * It belongs to an upgrade.
     *
     * @param identity which
     * @param side which of the two sides the database was made to be
     * @param format of the schema
     * @param version of the Relevo that made it
     * @param begun when the upgrade began
     * @param ready since when {@code start} has come to its end; only the old side knows
     * @param finished when {@code finish} came to its end; only the old side knows
     */
    public record Ours(
            Identity identity,
            Side side,
            int format,
            String version,
            Instant begun,
            Optional<Instant> ready,
            Optional<Instant> finished)
            implements Schema {}

    /** The upgrade it belongs to, if any. */
    public Optional<Ours> ours() {
        return schema instanceof Ours ours ? Optional.of(ours) : Optional.empty();
    }
}
