package dev.relevo.upgrade;

import dev.relevo.catalog.Side;
import dev.relevo.handover.ServingState;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
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
        try (Session session = node.open("status")) {
            return ServingState.subscriptions(session);
        } catch (ProblemException e) {
            if (e.problem().code().equals("no-database")) {
                return Optional.empty();
            }
            throw e;
        }
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

    /**
     * What is recorded on a side.
     *
     * @throws ProblemException when the server given as this side was prepared as the other one
     */
    Optional<ServingState> state(Side side) {
        Node node = node(side);
        Optional<ServingState> state = state(node.endpoint());
        if (state.isPresent()) {
            try (Session session = node.open("status")) {
                String recorded = session.text("SELECT side FROM relevo.state");
                if (!recorded.equals(side.label())) {
                    throw exchanged(node, recorded);
                }
            }
        }
        return state;
    }

    private static ProblemException exchanged(Node node, String recorded) {
        return new Problem(
                        ExitStatus.USAGE,
                        "servers-exchanged",
                        node.endpoint().display()
                                + " is the "
                                + recorded
                                + " server of this upgrade, not the "
                                + node.side()
                                + " one",
                        "schema relevo there says so",
                        "Exchange the connection strings of --old and --new.")
                .toException();
    }
}
