package dev.relevo.upgrade;

import dev.relevo.catalog.Side;
import dev.relevo.ledger.Found;
import dev.relevo.ledger.Identity;
import dev.relevo.ledger.Ledger;
import dev.relevo.ledger.Proof;
import dev.relevo.ledger.ServerId;
import dev.relevo.ledger.ServingState;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.problem.ProblemException;
import dev.relevo.replication.Node;
import java.util.Optional;

/**
 * The two servers of one upgrade, and what each says of itself.
 *
 * @param identity which upgrade; one made a moment ago, and written nowhere, when none has begun
 * @param ours what the old side keeps of it, when it has begun
 */
record Pair(Node old, Node fresh, Identity identity, Optional<Found.Ours> ours) {
    /**
     * The pair that these settings name, proven to be one; changes nothing.
     *
     * @throws ProblemException when the two do not belong together, or the upgrade is finished
     */
    static Pair prove(Settings settings, String purpose) {
        Found old = Ledger.look(settings.oldServer(), purpose);
        Found fresh = Ledger.look(settings.newServer(), purpose);
        return of(settings, old, fresh, Proof.requireUnfinished(old, fresh));
    }

    /** The same, also of an upgrade that is finished. */
    static Pair proveEvenFinished(Settings settings, String purpose) {
        Found old = Ledger.look(settings.oldServer(), purpose);
        Found fresh = Ledger.look(settings.newServer(), purpose);
        return of(settings, old, fresh, Proof.require(old, fresh));
    }

    /**
     * The pair for whoever only looks: of a server that does not answer, what the other one knows
     * of the upgrade serves.
     *
     * @throws ProblemException when both answer and do not belong together
     */
    static Pair asFarAsKnown(Settings settings) {
        Optional<Found> old = answer(settings.oldServer());
        Optional<Found> fresh = answer(settings.newServer());
        if (old.isPresent() && fresh.isPresent()) {
            return of(settings, old.get(), fresh.get(), Proof.require(old.get(), fresh.get()));
        }
        Optional<Found.Ours> ours = old.or(() -> fresh).flatMap(Found::ours);
        ServerId unknown = new ServerId(0, 0, 0, "");
        return of(
                settings,
                ours.map(Found.Ours::identity).orElseGet(() -> Identity.of(unknown, unknown)),
                ours);
    }

    private static Optional<Found> answer(Endpoint endpoint) {
        try {
            return Optional.of(Ledger.look(endpoint, "status"));
        } catch (ProblemException | PgException e) {
            return Optional.empty(); // whoever looks meets the same, and tells it
        }
    }

    /** Whether {@code finish} has come to its end on the old side. */
    boolean isFinished() {
        return ours.flatMap(Found.Ours::finished).isPresent();
    }

    /** Whether {@code start} has come to its end. */
    boolean isReady() {
        return ours.flatMap(Found.Ours::ready).isPresent();
    }

    private static Pair of(Settings settings, Found old, Found fresh, Optional<Found.Ours> ours) {
        Identity identity =
                ours.map(Found.Ours::identity)
                        .orElseGet(() -> Identity.of(old.here(), fresh.here()));
        return of(settings, identity, ours);
    }

    /**
     * The pair as one of its sides names the upgrade; the caller has proven what there is to prove.
     */
    static Pair of(Settings settings, Identity identity, Optional<Found.Ours> ours) {
        return new Pair(
                new Node(
                        settings.server(Side.OLD),
                        settings.oldSeenFromNew().orElse(settings.oldServer()),
                        identity.tag()),
                new Node(
                        settings.server(Side.NEW),
                        settings.newSeenFromOld().orElse(settings.newServer()),
                        identity.tag()),
                identity,
                ours);
    }

    Node node(Side side) {
        return side == Side.OLD ? old : fresh;
    }

    /**
     * How many subscriptions there are in each direction, as recorded on either side; nothing
     * before that is settled.
     */
    Optional<Integer> recordedSubscriptions() {
        return recordedSubscriptions(old).or(() -> recordedSubscriptions(fresh));
    }

    /** The same; when nothing is recorded, what was asked for. */
    int subscriptions(Settings settings) {
        return recordedSubscriptions().orElse(Math.max(1, settings.subscriptions()));
    }

    /** The same; one, when nothing is recorded. */
    int subscriptions() {
        return recordedSubscriptions().orElse(1);
    }

    private static Optional<Integer> recordedSubscriptions(Node node) {
        return node.openIfThere("status")
                .flatMap(session -> {
                    try (session) {
                        return ServingState.subscriptions(session);
                    }
                });
    }

    /**
     * What is recorded on a side; nothing when Relevo has not been there, or the database is
     * missing.
     */
    static Optional<ServingState> state(Endpoint endpoint) {
        try (Session session = endpoint.open("status")) {
            return ServingState.read(session);
        } catch (ProblemException e) {
            if (e.problem().code().equals("no-database")) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** What is recorded on a side. */
    Optional<ServingState> state(Side side) {
        return state(node(side).endpoint());
    }
}
