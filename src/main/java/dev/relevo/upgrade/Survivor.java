package dev.relevo.upgrade;

import dev.relevo.catalog.Side;
import dev.relevo.handover.Installation;
import dev.relevo.handover.Resolution;
import dev.relevo.ledger.Found;
import dev.relevo.ledger.Ledger;
import dev.relevo.ledger.Proof;
import dev.relevo.ledger.ServerId;
import dev.relevo.ledger.ServingState;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.pg.Size;
import dev.relevo.plan.Plan;
import dev.relevo.plan.Step;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import dev.relevo.replication.Node;
import dev.relevo.replication.Publication;
import dev.relevo.replication.Remains;
import dev.relevo.replication.ReplicationRoles;
import dev.relevo.replication.Snapshot;
import dev.relevo.schema.FenceTriggers;
import dev.relevo.schema.SetReplicaIdentities;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The side that is left when the other one is gone for good: everything of Relevo's there can be
 * removed, which frees the write-ahead log that its slots keep for nobody.
 *
 * <p>It proves by itself which upgrade it belongs to. It must be the side that serves, by its own
 * ledger: else what clients wrote last is on the other one alone. That the other one is gone is the
 * operator's word; it is asked once, in case it answers after all.
 */
final class Survivor {
    /** How long the other side is given to prove that it is there. */
    private static final Duration ANSWER = Duration.ofSeconds(10);

    /** What is said of an address at which no PostgreSQL server answered. */
    private static final Set<String> NOBODY =
            Set.of(
                    "unknown-host",
                    "timeout",
                    "no-socket",
                    "refused",
                    "unreachable",
                    "not-postgresql");

    private final Side left;
    private final Endpoint endpoint;
    private final Found.Ours upgrade;
    private final Node here;
    private final Node gone;
    private final int subscriptions;

    private Survivor(Side left, Found.Ours upgrade, Pair pair, int subscriptions) {
        this.left = left;
        this.endpoint = pair.node(left).endpoint();
        this.upgrade = upgrade;
        this.here = pair.node(left);
        this.gone = pair.node(left.other());
        this.subscriptions = subscriptions;
    }

    /** The command that removes everything of Relevo's from a side alone, without the other one. */
    static String command(Side left) {
        return left == Side.OLD ? "abort" : "finish";
    }

    static Endpoint endpoint(Settings settings, Side side) {
        return side == Side.OLD ? settings.oldServer() : settings.newServer();
    }

    /**
     * The side that is left, proven to be the one that serves; nothing when there is nothing of
     * Relevo's. Changes nothing.
     *
     * @param listener is told what was found at the address of the other one
     * @throws ProblemException when it does not serve, or the other one is there after all
     */
    static Optional<Survivor> prove(Settings settings, Side left, Consumer<String> listener) {
        Endpoint endpoint = endpoint(settings, left);
        Optional<Found.Ours> ours = Proof.requireAlone(Ledger.look(endpoint, command(left)), left);
        if (ours.isEmpty()) {
            return Optional.empty();
        }
        int subscriptions;
        try (Session session = endpoint.open(command(left))) {
            requireServing(session, left);
            subscriptions = ServingState.subscriptions(session).orElse(1);
        }
        requireGone(settings, left, ours.get(), listener);
        Pair pair = Pair.of(settings, ours.get().identity(), ours);
        Survivor survivor = new Survivor(left, ours.get(), pair, subscriptions);
        survivor.requireNobodyReads();
        return Optional.of(survivor);
    }

    private static void requireServing(Session session, Side left) {
        Optional<ServingState> state = ServingState.read(session);
        if (state.filter(ServingState.OPEN::equals).isPresent()) {
            return;
        }
        throw new Problem(
                        ExitStatus.STATE,
                        "wrong-side",
                        "the %s server is the one that serves".formatted(left.other()),
                        "the %s one, which answers, is recorded as %s: what clients wrote last is not here"
                                .formatted(
                                        left,
                                        state.map(s -> s.name().toLowerCase(Locale.ROOT))
                                                .orElse("not prepared")),
                        "Bring the %s server back, from its backup if need be. If it is lost for good, \"When a"
                                        .formatted(left.other())
                                + " server is lost\" in docs/guide.md tells how to open the %s one without what is lost."
                                        .formatted(left))
                .toException();
    }

    private static void requireGone(
            Settings settings, Side left, Found.Ours upgrade, Consumer<String> listener) {
        Side gone = left.other();
        Endpoint address = endpoint(settings, gone);
        if (address.equals(Settings.NOT_GIVEN)) {
            return;
        }
        Found found;
        try {
            found = Ledger.look(address.within(ANSWER), command(left));
        } catch (ProblemException e) {
            if (!NOBODY.contains(e.problem().code())) {
                throw mayBeThere(gone, address, e);
            }
            listener.accept(e.problem().message());
            return;
        }
        ServerId expected =
                gone == Side.OLD ? upgrade.identity().old() : upgrade.identity().fresh();
        if (found.here().sameServer(expected)) {
            throw new Problem(
                            ExitStatus.STATE,
                            "not-gone",
                            "the %s server is not gone".formatted(gone),
                            "%s answers, and is the one that was prepared: %s"
                                    .formatted(address.display(), found.here().text()),
                            "Run relevo %s without --%s-is-gone: it tidies up both."
                                    .formatted(command(left), gone.label()))
                    .toException();
        }
        listener.accept("%s is another server, which is left alone".formatted(address.display()));
    }

    /** The other server reads from these slots, or one that has taken its place. */
    private void requireNobodyReads() {
        List<String> readers = remains().readers();
        if (readers.isEmpty()) {
            return;
        }
        throw new Problem(
                        ExitStatus.STATE,
                        "not-gone",
                        "the %s server may be there: somebody follows the %s one"
                                .formatted(left.other(), left),
                        String.join("; ", readers),
                        "If it is there, run relevo %s with --%s. If it is gone, its session ends within"
                                        .formatted(command(left), left.other().label())
                                + " wal_sender_timeout, or with SELECT pg_terminate_backend(pid). If a third"
                                + " server reads, drop its subscription. Then run the same command again.")
                .toException();
    }

    private static ProblemException mayBeThere(Side gone, Endpoint address, ProblemException e) {
        return new Problem(
                        ExitStatus.STATE,
                        "not-gone",
                        "something answers at the address of the %s server".formatted(gone),
                        "%s: %s".formatted(address.display(), e.problem().message()),
                        "See to it that Relevo can log in there and look which server it is; or, if it is"
                                + " another one, give the same command an address at which nobody is.")
                .toException(e);
    }

    /** What removing everything destroys and frees, one line each; changes nothing. */
    List<String> losses() {
        List<String> lines = new ArrayList<>();
        lines.add(
                left == Side.OLD
                        ? "gives the copy on the new server up; switch is not possible any more"
                        : "gives the way back up; rollback is not possible any more");
        Remains remains = remains();
        long retained = remains.retained();
        if (retained > 0) {
            lines.add(
                    "frees the write-ahead log that slots keep on the %s server, %s"
                            .formatted(left, Size.text(retained)));
        }
        return lines;
    }

    /** Takes back what a handover that died may have left, so that clients can write. */
    void restore() {
        Resolution.restoreAlone(endpoint);
    }

    /** Everything of Relevo's on this side, to be undone. */
    Plan plan() {
        List<Node> parts = here.parts(subscriptions);
        List<Step> steps = new ArrayList<>();
        // Undone last: it is what proves whose the rest is.
        Installation installation =
                new Installation(here.server(), here.server(), upgrade.identity(), subscriptions);
        steps.add(left == Side.OLD ? installation : installation.finishing());
        steps.add(
                left == Side.OLD
                        ? new SetReplicaIdentities(endpoint)
                        : SetReplicaIdentities.onNew(endpoint));
        steps.add(
                left == Side.OLD
                        ? FenceTriggers.onOld(endpoint, List.of())
                        : FenceTriggers.onNew(endpoint, List.of()));
        parts.forEach(part -> steps.add(new ReplicationRoles(part)));
        parts.forEach(part -> steps.add(new Publication(part, List.of())));
        if (left == Side.OLD) {
            steps.add(new Snapshot(here, gone, subscriptions, _ -> false));
        }
        steps.add(remains());
        return new Plan(command(left), steps);
    }

    private Remains remains() {
        ServerId other = left == Side.OLD ? upgrade.identity().fresh() : upgrade.identity().old();
        return new Remains(here, subscriptions, other.system());
    }
}
