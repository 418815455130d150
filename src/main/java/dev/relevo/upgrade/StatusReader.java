package dev.relevo.upgrade;

import dev.relevo.catalog.Side;
import dev.relevo.copy.Standing;
import dev.relevo.ledger.ServingState;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlState;
import dev.relevo.problem.ProblemException;
import dev.relevo.replication.Lag;
import dev.relevo.replication.Snapshot;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Asks both servers where things stand. Waits for no statement longer than two seconds, changes
 * nothing, and remembers nothing but how fast replication went.
 */
final class StatusReader {
    private final Supplier<Pair> proven;
    private Pair pair;
    private final FollowingReader looks;

    private StatusReader(Supplier<Pair> proven, boolean again) {
        this.proven = proven;
        this.pair = proven.get();
        this.looks = new FollowingReader(again);
    }

    /** Who is asked once: a rate takes two looks. */
    static StatusReader once(Pair pair) {
        return new StatusReader(() -> pair, true);
    }

    /** Who is asked again and again, and measures from one call to the next. */
    static StatusReader watching(Settings settings) {
        return new StatusReader(() -> Pair.asFarAsKnown(settings), false);
    }

    Status read() {
        pair = proven.get();
        try (Sight old = Sight.of(pair.old());
                Sight fresh = Sight.of(pair.fresh())) {
            try {
                return told(old, fresh, true);
            } catch (PgException e) {
                boolean isOld = e.endpoint().equals(pair.old().endpoint());
                return told(
                        isOld ? old.silenced(e) : old, isOld ? fresh : fresh.silenced(e), false);
            }
        }
    }

    private Status told(Sight old, Sight fresh, boolean further) {
        Optional<Side> serving = serving(old, fresh);
        Side from = serving.orElseGet(() -> followed(old, fresh));
        Optional<Status.Replication> replication =
                further
                        ? (from == Side.OLD
                                ? looks.replication(old, fresh)
                                : looks.replication(fresh, old))
                        : Optional.empty();
        Optional<String> givenUp = fresh.session().flatMap(WayBackPrice::givenUp);
        Status.Phase phase = phase(old, fresh, replication, givenUp.isPresent());
        return new Status(
                phase,
                switch (phase) {
                    case NOT_STARTED -> "old";
                    case FINISHED -> "new";
                    case UNKNOWN -> serving.map(Side::label).orElse("unknown");
                    default -> serving.map(Side::label).orElse("none");
                },
                old.side(),
                fresh.side(),
                replication,
                further && phase == Status.Phase.STARTING ? copy(old, fresh) : Optional.empty(),
                further ? old.session().flatMap(Lease::holder) : Optional.empty(),
                further ? size(from == Side.OLD ? old : fresh) : 0,
                givenUp,
                next(phase, from, old, fresh, replication, givenUp.isPresent()));
    }

    private static Optional<Side> serving(Sight old, Sight fresh) {
        return old.serves()
                ? Optional.of(Side.OLD)
                : fresh.serves() ? Optional.of(Side.NEW) : Optional.empty();
    }

    /** Which side the other one follows when neither says that it serves. */
    private static Side followed(Sight old, Sight fresh) {
        boolean handedOver =
                old.state().filter(ServingState.FENCED::equals).isPresent()
                        || fresh.state().filter(ServingState.OPEN::equals).isPresent();
        return handedOver ? Side.NEW : Side.OLD;
    }

    /** It may take too long where there are very many files, and then it is left out. */
    private static long size(Sight sight) {
        try {
            return sight.session()
                    .map(session ->
                            session.one(
                                    "SELECT pg_catalog.pg_database_size(pg_catalog.current_database()) AS bytes",
                                    row -> row.bigint("bytes")))
                    .orElse(0L);
        } catch (PgException e) {
            if (e.is(SqlState.QUERY_CANCELED)) {
                return 0;
            }
            throw e;
        }
    }

    private Status.Phase phase(
            Sight old, Sight fresh, Optional<Status.Replication> replication, boolean givenUp) {
        if (!old.answers() || !fresh.answers()) {
            return Status.Phase.UNKNOWN;
        }
        if (pair.isFinished()) {
            return Status.Phase.FINISHED;
        }
        if (old.state().isEmpty() && fresh.state().isEmpty()) {
            return Status.Phase.NOT_STARTED;
        }
        boolean copied =
                fresh.schemaComplete()
                        && replication.filter(r -> r.tablesReady() == r.tablesTotal()).isPresent();
        if ((!old.serves() && !fresh.serves()) || old.schemasClosed() || fresh.schemasClosed()) {
            return Status.Phase.INTERRUPTED;
        }
        if (fresh.serves()) {
            return copied || givenUp ? Status.Phase.SWITCHED : Status.Phase.INTERRUPTED;
        }
        return copied && pair.isReady() ? Status.Phase.FOLLOWING : Status.Phase.STARTING;
    }

    /** Nothing when start has not come that far. */
    private Optional<Status.Copy> copy(Sight old, Sight fresh) {
        if (old.session().isEmpty() || fresh.session().isEmpty()) {
            return Optional.empty();
        }
        Session here = old.session().get();
        try {
            return Standing.read(fresh.session().get())
                    .map(standing ->
                            new Status.Copy(
                                    standing,
                                    Snapshot.isHeld(here),
                                    Lag.retained(here, pair.old().slot())));
        } catch (ProblemException e) {
            return Optional.empty();
        }
    }

    private static String next(
            Status.Phase phase,
            Side from,
            Sight old,
            Sight fresh,
            Optional<Status.Replication> replication,
            boolean givenUp) {
        boolean lost = replication.filter(Status.Replication::changesAreLost).isPresent();
        boolean stuck = lost || replication.filter(Status.Replication::stuck).isPresent();
        return switch (phase) {
            case NOT_STARTED -> "relevo check";
            case STARTING -> "relevo start";
            case FOLLOWING ->
                    lost
                            ? "relevo abort, then relevo start: see the problem above"
                            : stuck
                                    ? "relevo switch, when the problem above is fixed"
                                    : "relevo switch";
            case SWITCHED ->
                    givenUp
                            ? "relevo finish; relevo rollback is not possible, the way back was given up"
                            : stuck
                                    ? "relevo finish; relevo rollback is not possible, see the problem above"
                                    : "relevo finish, or relevo rollback";
            case FINISHED -> "nothing: the old server may be shut down";
            case INTERRUPTED ->
                    "the same command again"
                            + (from == Side.OLD ? " (relevo switch)" : " (relevo rollback)");
            case UNKNOWN ->
                    old.answers()
                            ? "relevo status again when the new server answers"
                                    + lost(old, "relevo abort --new-is-gone")
                            : fresh.answers()
                                    ? "relevo status again when the old server answers"
                                            + lost(fresh, "relevo finish --old-is-gone")
                                    : "relevo status again when both servers answer";
        };
    }

    /** What to do if the other server never answers again. */
    private static String lost(Sight left, String command) {
        return left.serves() ? "; if it is lost for good, " + command : "";
    }
}
