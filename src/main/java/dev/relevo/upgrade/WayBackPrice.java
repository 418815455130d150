package dev.relevo.upgrade;

import dev.relevo.catalog.Side;
import dev.relevo.ledger.Chronicle;
import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.ledger.Found;
import dev.relevo.ledger.Ledger;
import dev.relevo.ledger.Proof;
import dev.relevo.ledger.ServingState;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.pg.Size;
import dev.relevo.plan.Reversal;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import dev.relevo.replication.Node;
import dev.relevo.replication.Remains;
import dev.relevo.replication.WayBack;
import java.util.List;
import java.util.Optional;

/**
 * The way back keeps write-ahead log on the server that serves. When that is more than somebody is
 * willing to pay, its slots are dropped before the disk is full, and {@code rollback} refuses.
 *
 * <p>What is done is written down first, on the side that serves; so whoever is killed in between
 * is followed by one who drops the rest. The old server need not answer: that may be why so much is
 * kept.
 */
final class WayBackPrice {
    private static final String COMMAND = "give up the way back";

    private final Settings settings;
    private final String operator;

    WayBackPrice(Settings settings, String operator) {
        this.settings = settings;
        this.operator = operator;
    }

    /** When and why the way back was given up, for people. */
    static Optional<String> givenUp(Session fresh) {
        return new Facts(fresh)
                .get(Fact.WAY_BACK_GIVEN_UP)
                .map(fact ->
                        "the way back was given up at %s: its slots kept %s, more than %s"
                                .formatted(fact.get(0), fact.get(1), fact.get(2)));
    }

    /** Lets a handover from this side begin, if what it needs was not given up. */
    static void requireKept(Node from) {
        try (Session session = from.open("rollback")) {
            givenUp(session)
                    .ifPresent(why -> {
                        throw new Problem(
                                        ExitStatus.STATE,
                                        "way-back-given-up",
                                        "rollback is no longer possible",
                                        why,
                                        "Run relevo finish to stay on the new server.")
                                .toException();
                    });
        }
    }

    /** See {@link Upgrade#giveUpWayBack}. */
    Optional<String> giveUp(long limit) {
        Optional<Lease> onOld = leaseOnOld();
        try (Lease lease =
                onOld.isPresent()
                        ? onOld.get()
                        : Lease.take(settings.newServer(), COMMAND, operator)) {
            assert lease.pid() > 0;
            Optional<Found.Ours> ours =
                    onOld.isPresent()
                            ? Pair.prove(settings, COMMAND).ours()
                            : Proof.requireAlone(
                                    Ledger.look(settings.newServer(), COMMAND), Side.NEW);
            return ours.flatMap(upgrade -> giveUp(limit, upgrade, onOld.isPresent()));
        }
    }

    /** Nothing when it does not answer. */
    private Optional<Lease> leaseOnOld() {
        try {
            return Optional.of(Lease.take(settings.oldServer(), COMMAND, operator));
        } catch (PgException e) {
            return Optional.empty();
        } catch (ProblemException e) {
            if (e.problem().status() == ExitStatus.CONNECTION) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private Optional<String> giveUp(long limit, Found.Ours upgrade, boolean both) {
        Pair pair = Pair.of(settings, upgrade.identity(), Optional.of(upgrade));
        try (Session fresh = pair.fresh().open(COMMAND)) {
            if (ServingState.read(fresh).filter(ServingState.OPEN::equals).isEmpty()) {
                return Optional.empty();
            }
            int subscriptions = ServingState.subscriptions(fresh).orElse(1);
            Remains remains =
                    new Remains(pair.fresh(), subscriptions, upgrade.identity().old().system());
            long retained = remains.retained();
            boolean begun = givenUp(fresh).isPresent();
            if (retained == 0 || (retained <= limit && !begun)) {
                return Optional.empty();
            }
            Endpoint journal = both ? settings.oldServer() : settings.newServer();
            new Chronicle(journal, operator)
                    .during(
                            COMMAND,
                            "give-up-at=%s retained=%s"
                                    .formatted(Size.text(limit), Size.text(retained)),
                            () -> {
                                if (!begun) {
                                    write(fresh, limit, retained);
                                }
                                drop(pair, subscriptions, remains, both);
                            });
            return givenUp(fresh);
        }
    }

    private static void write(Session fresh, long limit, long retained) {
        String now =
                fresh.text(
                        "SELECT pg_catalog.to_char(pg_catalog.clock_timestamp(), 'YYYY-MM-DD HH24:MI:SS TZ')");
        new Facts(fresh)
                .put(Fact.WAY_BACK_GIVEN_UP, List.of(now, Size.text(retained), Size.text(limit)));
    }

    private static void drop(Pair pair, int subscriptions, Remains remains, boolean both) {
        if (both) {
            new WayBack(pair.old(), pair.fresh(), subscriptions).drop();
        } else if (remains.reversal() instanceof Reversal.Undo undo) {
            undo.action().run();
        }
    }
}
