package dev.relevo.upgrade;

import dev.relevo.catalog.Side;
import dev.relevo.handover.ServingState;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.problem.ProblemException;
import dev.relevo.replication.Node;
import java.util.Optional;

/** The two servers, and what each says of itself. */
record Pair(Node old, Node fresh) {

    static Pair of(Settings settings) {
        return new Pair(
                new Node(
                        Side.OLD,
                        settings.oldServer(),
                        settings.oldSeenFromNew().orElse(settings.oldServer())),
                new Node(
                        Side.NEW,
                        settings.newServer(),
                        settings.newSeenFromOld().orElse(settings.newServer())));
    }

    Node node(Side side) {
        return side == Side.OLD ? old : fresh;
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

    Optional<ServingState> state(Side side) {
        return state(node(side).endpoint());
    }
}
