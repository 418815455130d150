package dev.relevo.upgrade;

import dev.relevo.catalog.Side;
import dev.relevo.copy.Standing;
import dev.relevo.handover.ServingState;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.problem.Pause;
import dev.relevo.problem.ProblemException;
import dev.relevo.replication.CopyProgress;
import dev.relevo.replication.Forecast;
import dev.relevo.replication.Lag;
import dev.relevo.replication.Node;
import dev.relevo.replication.Pace;
import dev.relevo.replication.PaceWindow;
import dev.relevo.replication.Snapshot;
import dev.relevo.schema.CarryAfterData;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Asks both servers where things stand. Waits for nothing longer than two seconds, changes nothing,
 * and remembers nothing but how fast replication went.
 */
final class StatusReader {
    private static final Map<String, String> SHORT =
            Map.of("lock_timeout", "2s", "statement_timeout", "2s");

    private static final String CLOSED =
            """
            SELECT FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
            WHERE d.datname = pg_catalog.current_database() AND s.setrole = 0
              AND 'default_transaction_read_only=on' = ANY (s.setconfig)
            """;

    private static final String CLIENTS =
            """
            SELECT pg_catalog.count(*) AS clients FROM pg_catalog.pg_stat_activity a
            WHERE a.datname = pg_catalog.current_database() AND a.backend_type = 'client backend'
              AND a.application_name NOT LIKE 'relevo %'
            """;

    /** Between two looks of one call, when there is a lag that is worth a forecast. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(800);

    private final Pair pair;
    private final boolean again;
    private final Map<String, PaceWindow> windows = new HashMap<>();

    private StatusReader(Pair pair, boolean again) {
        this.pair = pair;
        this.again = again;
    }

    /** Who is asked once: a rate takes two looks. */
    static StatusReader once(Pair pair) {
        return new StatusReader(pair, true);
    }

    /** Who is asked again and again, and measures from one call to the next. */
    static StatusReader watching(Pair pair) {
        return new StatusReader(pair, false);
    }

    /** One side as it was found. */
    private record Look(
            Status.Side side,
            boolean reachable,
            Optional<ServingState> state,
            boolean readOnly,
            boolean schemasClosed,
            boolean schemaComplete) {
        boolean serves() {
            return state.filter(ServingState.OPEN::equals).isPresent() && !readOnly;
        }
    }

    /** Whether a database is read-only by default, as a finished upgrade leaves the old one. */
    static boolean isClosed(Endpoint endpoint) {
        try (Session session = endpoint.open("status", SHORT)) {
            return session.exists(CLOSED);
        }
    }

    Status read() {
        Look old = look(pair.old());
        Look fresh = look(pair.fresh());
        Optional<Side> serving =
                old.serves()
                        ? Optional.of(Side.OLD)
                        : fresh.serves() ? Optional.of(Side.NEW) : Optional.empty();
        Side from = serving.orElse(Side.OLD);
        Optional<Status.Replication> replication = replication(from);
        Status.Phase phase = phase(old, fresh, replication);
        return new Status(
                phase,
                switch (phase) {
                    case NOT_STARTED -> "old";
                    case FINISHED -> "new";
                    default -> serving.map(Side::label).orElse("none");
                },
                old.side(),
                fresh.side(),
                replication,
                phase == Status.Phase.STARTING ? copy() : Optional.empty(),
                operator(),
                next(phase, from));
    }

    private Look look(Node node) {
        String address = node.endpoint().display();
        try (Session session = node.endpoint().open("status", SHORT)) {
            Optional<ServingState> state = ServingState.read(session);
            String word = state.map(s -> s.name().toLowerCase(Locale.ROOT)).orElse("not prepared");
            boolean closed =
                    state.isPresent() && session.exists("SELECT FROM relevo.saved_acl LIMIT 1");
            return new Look(
                    new Status.Side(
                            address,
                            session.version().toString(),
                            word,
                            session.one(CLIENTS, row -> row.integer("clients"))),
                    true,
                    state,
                    session.exists(CLOSED),
                    closed,
                    CarryAfterData.isComplete(session));
        } catch (ProblemException e) {
            boolean missing = e.problem().code().equals("no-database");
            return new Look(
                    new Status.Side(
                            address,
                            "",
                            missing ? "no database yet" : "unreachable: " + e.problem().message(),
                            0),
                    missing,
                    Optional.empty(),
                    false,
                    false,
                    false);
        } catch (PgException e) {
            return new Look(
                    new Status.Side(address, "", "does not answer: " + e.getMessage(), 0),
                    false,
                    Optional.empty(),
                    false,
                    false,
                    false);
        }
    }

    private static Status.Phase phase(
            Look old, Look fresh, Optional<Status.Replication> replication) {
        if (!old.reachable() || !fresh.reachable()) {
            return Status.Phase.INTERRUPTED;
        }
        if (old.state().isEmpty() && fresh.state().isEmpty()) {
            boolean finished =
                    old.readOnly() && !fresh.readOnly() && !fresh.side().version().isEmpty();
            return finished ? Status.Phase.FINISHED : Status.Phase.NOT_STARTED;
        }
        boolean copied =
                fresh.schemaComplete()
                        && replication.filter(r -> r.tablesReady() == r.tablesTotal()).isPresent();
        if ((!old.serves() && !fresh.serves()) || old.schemasClosed() || fresh.schemasClosed()) {
            return Status.Phase.INTERRUPTED;
        }
        if (fresh.serves()) {
            return copied ? Status.Phase.SWITCHED : Status.Phase.INTERRUPTED;
        }
        return copied ? Status.Phase.FOLLOWING : Status.Phase.STARTING;
    }

    /** How the other side follows {@code from}; nothing when it does not. */
    private Optional<Status.Replication> replication(Side from) {
        Node publisher = pair.node(from);
        Node subscriber = pair.node(from.other());
        try (Session here = publisher.endpoint().open("status", SHORT);
                Session there = subscriber.endpoint().open("status", SHORT)) {
            int subscriptions = ServingState.subscriptions(here).orElse(1);
            CopyProgress copy = CopyProgress.read(there, subscriber, subscriptions);
            if (copy.total() == 0) {
                return Optional.empty();
            }
            List<String> problems = new ArrayList<>();
            List<Status.Subscription> each =
                    each(here, there, publisher, subscriber, subscriptions, problems);
            if (again && each.stream().anyMatch(StatusReader::isUnknown)) {
                Pause.of(LOOK_AGAIN);
                problems.clear();
                each = each(here, there, publisher, subscriber, subscriptions, problems);
            }
            if (subscriptions > 1) {
                problems.addAll(CrossingKeys.problems(here, there, from));
            }
            int marks = copy.complete() ? subscriptions : 0;
            return Optional.of(
                    new Status.Replication(
                            from.label(),
                            copy.ready() - marks,
                            copy.total() - marks,
                            each,
                            problems));
        } catch (ProblemException | PgException e) {
            return Optional.empty();
        }
    }

    private static boolean isUnknown(Status.Subscription one) {
        return one.pace().forecast() instanceof Forecast.Unknown;
    }

    private List<Status.Subscription> each(
            Session here,
            Session there,
            Node publisher,
            Node subscriber,
            int subscriptions,
            List<String> problems) {
        List<Status.Subscription> each = new ArrayList<>();
        for (int part = 1; part <= subscriptions; part++) {
            each.add(
                    subscription(
                            here, there, publisher.part(part), subscriber.part(part), problems));
        }
        return each;
    }

    private Status.Subscription subscription(
            Session here, Session there, Node publisher, Node subscriber, List<String> problems) {
        String slot = publisher.slot(here);
        Optional<Lag> lag = Lag.read(here, slot);
        if (lag.isEmpty()) {
            problems.add(
                    "the slot %s on the %s server is gone: a new copy is needed"
                            .formatted(slot, publisher.side()));
        }
        boolean running =
                there.exists(
                        "SELECT FROM pg_catalog.pg_stat_subscription WHERE subname = ? AND pid IS NOT"
                                + " NULL AND relid IS NULL",
                        subscriber.subscription());
        if (!running) {
            problems.add(
                    "no apply worker runs for %s on the %s server: read its log for the error"
                            .formatted(subscriber.subscription(), subscriber.side()));
        }
        String name = subscriber.subscription();
        return new Status.Subscription(
                name,
                lag.map(Lag::bytes).orElse(0L),
                lag.map(Lag::seconds).orElse(0.0),
                running,
                lag.map(Lag::retained).orElse(0L),
                lag.map(found ->
                                windows.computeIfAbsent(name, _ -> new PaceWindow())
                                        .add(found.sample(there, name)))
                        .orElse(Pace.unknown(0)));
    }

    /** Nothing when start has not come that far. */
    private Optional<Status.Copy> copy() {
        try (Session old = pair.old().endpoint().open("status", SHORT);
                Session fresh = pair.fresh().endpoint().open("status", SHORT)) {
            return Standing.read(fresh)
                    .map(standing ->
                            new Status.Copy(
                                    standing,
                                    Snapshot.isHeld(old),
                                    Lag.retained(old, pair.old().slot(old))));
        } catch (ProblemException | PgException e) {
            return Optional.empty();
        }
    }

    private Optional<String> operator() {
        try (Session session = pair.old().endpoint().open("status", SHORT)) {
            return Lease.holder(session);
        } catch (ProblemException | PgException e) {
            return Optional.empty();
        }
    }

    private static String next(Status.Phase phase, Side from) {
        return switch (phase) {
            case NOT_STARTED -> "relevo check";
            case STARTING -> "relevo start";
            case FOLLOWING -> "relevo switch";
            case SWITCHED -> "relevo finish, or relevo rollback";
            case FINISHED -> "nothing: the old server may be shut down";
            case INTERRUPTED ->
                    "the same command again"
                            + (from == Side.OLD ? " (relevo switch)" : " (relevo rollback)");
        };
    }
}
