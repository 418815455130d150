package dev.relevo.ledger;

import dev.relevo.catalog.Side;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.util.Optional;

/**
 * Proves that the two databases a command was given are the two sides of one upgrade, before it
 * does anything.
 *
 * <p>An address proves nothing: it may be mistyped, taken over by a restored backup, or lead to a
 * standby that was promoted. So both sides keep who both of them are, by system identifier,
 * timeline and the OID of the database, under one UUID; and both must say the same.
 */
public final class Proof {
    private static final String CHECK_ADDRESS = "Check the connection string of --";

    private Proof() {}

    /**
     * The upgrade that both databases belong to; nothing when no upgrade has begun on either.
     *
     * @throws ProblemException with status STATE when one of them is not what the other one, or
     *     itself, says: with what was found, what was expected, and which upgrade it belongs to
     */
    public static Optional<Found.Ours> require(Found old, Found fresh) {
        requireNotForeign(old, Side.OLD);
        requireNotForeign(fresh, Side.NEW);
        requireNotExchanged(old, Side.OLD);
        requireNotExchanged(fresh, Side.NEW);
        Optional<Found.Ours> onOld = old.ours();
        Optional<Found.Ours> onNew = fresh.ours();
        onOld.ifPresent(ours -> {
            requireFormat(ours, old);
            requireItself(old, Side.OLD, ours.identity().old());
        });
        onNew.ifPresent(ours -> {
            requireFormat(ours, fresh);
            requireItself(fresh, Side.NEW, ours.identity().fresh());
        });
        if (onOld.isPresent()) {
            requirePartner(onOld.get(), fresh);
        } else if (onNew.isPresent()) {
            throw notOf(onNew.get(), old, Side.OLD);
        }
        return onOld;
    }

    /**
     * The same, of an upgrade that goes on.
     *
     * @throws ProblemException also when {@code finish} has ended it
     */
    public static Optional<Found.Ours> requireUnfinished(Found old, Found fresh) {
        Optional<Found.Ours> ours = require(old, fresh);
        ours.ifPresent(upgrade -> requireNotFinished(upgrade, old.address(), fresh.address()));
        return ours;
    }

    /**
     * The upgrade that one side belongs to, by what it says of itself: for when the other one is
     * gone for good, and nobody else can be asked.
     *
     * @throws ProblemException with status STATE when it is not what it says, or the upgrade is
     *     finished
     */
    public static Optional<Found.Ours> requireAlone(Found here, Side side) {
        requireNotForeign(here, side);
        requireNotExchanged(here, side);
        here.ours()
                .ifPresent(ours -> {
                    requireFormat(ours, here);
                    Identity identity = ours.identity();
                    requireItself(here, side, side == Side.OLD ? identity.old() : identity.fresh());
                    requireNotFinished(ours, identity.old().text(), identity.fresh().text());
                });
        return here.ours();
    }

    private static void requireNotFinished(Found.Ours upgrade, String old, String fresh) {
        upgrade.finished()
                .ifPresent(at -> {
                    throw new Problem(
                                    ExitStatus.STATE,
                                    "finished",
                                    "this upgrade is finished: the new server serves",
                                    "relevo finish came to its end at %s; upgrade %s moved %s to %s"
                                            .formatted(at, upgrade.identity().id(), old, fresh),
                                    "There is nothing left to do. relevo log shows what was done.")
                            .toException();
                });
    }

    private static void requireNotForeign(Found found, Side side) {
        if (found.schema() instanceof Found.Foreign(String what)) {
            throw new Problem(
                            ExitStatus.STATE,
                            "schema-taken",
                            "there is a schema named relevo on the %s server that is not ours"
                                    .formatted(side),
                            "%s has %s".formatted(found.address(), what),
                            "Rename it there: ALTER SCHEMA relevo RENAME TO …; then run the same"
                                    + " command again.")
                    .toException();
        }
    }

    private static void requireNotExchanged(Found found, Side side) {
        found.ours()
                .filter(ours -> ours.side() != side)
                .ifPresent(ours -> {
                    throw new Problem(
                                    ExitStatus.STATE,
                                    "servers-exchanged",
                                    "%s is the %s server of this upgrade, not the %s one"
                                            .formatted(found.address(), ours.side(), side),
                                    "it was prepared as such by upgrade " + ours.identity().id(),
                                    "Exchange the connection strings of --old and --new.")
                            .toException();
                });
    }

    private static void requireFormat(Found.Ours ours, Found found) {
        if (ours.format() > Ledger.FORMAT) {
            throw new Problem(
                            ExitStatus.STATE,
                            "newer-format",
                            "this upgrade was begun by a newer Relevo",
                            "schema relevo at %s has format %d, made by Relevo %s; this is Relevo %s, format %d"
                                    .formatted(
                                            found.address(),
                                            ours.format(),
                                            ours.version(),
                                            Release.VERSION,
                                            Ledger.FORMAT),
                            "Run the same command with Relevo " + ours.version() + " or newer.")
                    .toException();
        }
    }

    /** The side says of itself what it is; a copy of it says the same and is another one. */
    private static void requireItself(Found found, Side side, ServerId expected) {
        if (found.here().same(expected)) {
            return;
        }
        throw wrong(
                side,
                found,
                "it has the ledger of upgrade %s, but is not the database that was prepared: %s"
                        .formatted(
                                found.ours().orElseThrow().identity().id(), how(found, expected)),
                expected);
    }

    private static String how(Found found, ServerId expected) {
        ServerId here = found.here();
        if (here.system() != expected.system()) {
            return "it was copied into another cluster";
        }
        return here.timeline() == expected.timeline()
                ? "it was copied into another database"
                : "the server was restored from a backup, or is a standby that was promoted";
    }

    private static void requirePartner(Found.Ours upgrade, Found fresh) {
        ServerId expected = upgrade.identity().fresh();
        if (!fresh.here().sameServer(expected)) {
            throw wrong(Side.NEW, fresh, belongs(fresh), expected);
        }
        Optional<Found.Ours> there = fresh.ours();
        if (there.isPresent()) {
            if (!there.get().identity().id().equals(upgrade.identity().id())) {
                throw wrong(Side.NEW, fresh, belongs(fresh), expected);
            }
        } else if (!fresh.here().name().equals(expected.name())
                || (expected.database() != 0
                        && fresh.here().database() != 0
                        && fresh.here().database() != expected.database())) {
            throw wrong(Side.NEW, fresh, belongs(fresh), expected);
        }
    }

    private static String belongs(Found found) {
        return found.ours()
                .map(ours ->
                        "it belongs to upgrade %s, which moves %s"
                                .formatted(ours.identity().id(), ours.identity().old().text()))
                .orElse("it belongs to no upgrade");
    }

    private static ProblemException notOf(Found.Ours upgrade, Found old, Side side) {
        return wrong(
                side,
                old,
                "it belongs to no upgrade, and the new server belongs to upgrade "
                        + upgrade.identity().id(),
                upgrade.identity().old());
    }

    private static ProblemException wrong(Side side, Found found, String why, ServerId expected) {
        return new Problem(
                        ExitStatus.STATE,
                        "wrong-server",
                        "%s is not the %s server of this upgrade".formatted(found.address(), side),
                        "found: %s; expected: %s; %s"
                                .formatted(found.here().text(), expected.text(), why),
                        CHECK_ADDRESS
                                + side.label()
                                + "; nothing was changed. relevo status with the right servers shows"
                                + " where they stand.")
                .toException();
    }
}
