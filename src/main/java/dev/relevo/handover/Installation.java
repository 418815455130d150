package dev.relevo.handover;

import static dev.relevo.ledger.OwnTable.STATE;

import dev.relevo.catalog.Server;
import dev.relevo.catalog.Side;
import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.ledger.Found;
import dev.relevo.ledger.Identity;
import dev.relevo.ledger.Ledger;
import dev.relevo.ledger.OwnTable;
import dev.relevo.ledger.ServingState;
import dev.relevo.pg.Session;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import dev.relevo.problem.ProblemException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Schema {@code relevo} in the database of one side: whose upgrade it is, what an undo needs to
 * remember, and what the handover runs. One transaction; takes no lock on anything of the users'.
 *
 * <p>A schema of that name which is not of this upgrade is neither used nor dropped.
 */
public final class Installation implements Step {
    private static final String RENEW_FENCE =
            "SELECT relevo.set_fence(s.status <> 'open') FROM " + STATE + " s";

    /** The files with what the handover runs in each of the two databases. */
    private static final List<String> FUNCTIONS =
            List.of(
                    "schemas",
                    "fence",
                    "marks",
                    "gate",
                    "watchdogs",
                    "sessions",
                    "stamps",
                    "sequences",
                    "commit_point");

    /** Of everything {@link #install} runs. */
    private static final String HASH = hash();

    private static final String DROP = "DROP SCHEMA IF EXISTS relevo CASCADE";

    /** What {@link #reversal} does with what was installed. */
    private enum Undoing {
        /** Drops it, or leaves that to the step that drops a database of ours as a whole. */
        DROP,
        /** Drops it from a database that stays. */
        DROP_FROM_KEPT,
        /** Leaves what tells that the upgrade is finished. */
        FINISH
    }

    private final Server server;
    private final Server old;
    private final Identity identity;
    private final int subscriptions;
    private final Undoing undoing;

    /**
     * Looks at nothing yet.
     *
     * @param old the old side, which is told of the new one
     * @param subscriptions how many there are in each direction; each has marks of its own
     */
    public Installation(Server server, Server old, Identity identity, int subscriptions) {
        this(server, old, identity, subscriptions, Undoing.DROP);
    }

    private Installation(
            Server server, Server old, Identity identity, int subscriptions, Undoing undoing) {
        this.undoing = undoing;
        this.server = server;
        this.old = old;
        this.identity = identity;
        this.subscriptions = subscriptions;
    }

    /** Of an upgrade that is about to be finished: the new database stays, the old one is told. */
    public Installation finishing() {
        return new Installation(
                server,
                old,
                identity,
                subscriptions,
                server.side() == Side.OLD ? Undoing.FINISH : Undoing.DROP_FROM_KEPT);
    }

    @Override
    public String id() {
        return "prepare-" + server.side().label();
    }

    @Override
    public String title() {
        return "schema relevo on the " + server + " server";
    }

    @Override
    public List<Statement> statements() {
        return List.of(
                new Statement(server.side().label(), Ledger.markStatement(server.side(), identity)),
                new Statement(server.side().label(), Ledger.tables()),
                new Statement(server.side().label(), functions()),
                new Statement(server.side().label(), state()));
    }

    @Override
    public Observation observe() {
        return open().flatMap(
                        session -> {
                            try (session) {
                                return isKnown() ? ServingState.read(session) : Optional.empty();
                            }
                        })
                .<Observation>map(
                        state -> new Observation.Done(state.name().toLowerCase(Locale.ROOT)))
                .orElseGet(Observation.Pending::new);
    }

    /** Whether the old side knows which database the new one is. */
    private boolean isKnown() {
        if (server.side() == Side.OLD) {
            return true;
        }
        try (Session session = old.open(id())) {
            return Ledger.knowsNewDatabase(session);
        }
    }

    @Override
    public void apply(Progress progress) {
        try (Session session = server.endpoint().openForDdl(id())) {
            session.transaction(() -> {
                Ledger.mark(session, server.side(), identity, server.endpoint().database());
                install(session);
                session.execute(state());
            });
            if (server.side() == Side.NEW) {
                long database = Ledger.look(session).here().database();
                try (Session there = old.open(id())) {
                    Ledger.recordNewDatabase(there, database);
                }
            }
        }
    }

    /**
     * Brings the functions of a database that was prepared by another Relevo up to date; does
     * nothing when they are. For whoever holds the lease, before a handover begins. One
     * transaction; what a fence does stays as it is.
     */
    public static void refresh(Session session) {
        if (!Ledger.hasFunctions(session, HASH)) {
            session.transaction(() -> {
                install(session);
                session.text(RENEW_FENCE);
            });
        }
    }

    /**
     * Lets nobody draw from the sequences of a side that does not serve, those included that were
     * made since the last time. Takes no lock that anybody waits for.
     */
    public static void holdBackSequences(Session session) {
        session.execute(Script.HOLD_BACK_SEQUENCES);
    }

    private static void install(Session session) {
        Ledger.makeTables(session);
        session.execute(functions());
        Ledger.recordFunctions(session, HASH);
    }

    private static String hash() {
        try {
            byte[] text = (Ledger.tables() + functions()).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JVM has it
        }
    }

    @Override
    public Reversal reversal() {
        return open().<Reversal>map(
                        session -> {
                            try (session) {
                                return isOurs(session) && !goesWithDatabase()
                                        ? new Reversal.Undo(
                                                List.of(
                                                        new Statement(
                                                                server.side().label(), drop())),
                                                this::remove)
                                        : new Reversal.Nothing();
                            }
                        })
                .orElseGet(Reversal.Nothing::new);
    }

    private Optional<Session> open() {
        try {
            return Optional.of(server.endpoint().openForDdl(id()));
        } catch (ProblemException e) {
            if (e.problem().code().equals("no-database")) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private boolean isOurs(Session session) {
        return Ledger.look(session)
                .ours()
                .map(Found.Ours::identity)
                .filter(found -> found.id().equals(identity.id()))
                .isPresent();
    }

    /**
     * The database that we made is dropped as a whole, and its ledger is what proves that we may.
     */
    private boolean goesWithDatabase() {
        if (server.side() == Side.OLD || undoing != Undoing.DROP) {
            return false;
        }
        try (Session session = old.open(id())) {
            return new Facts(session).get(Fact.DATABASE).isPresent();
        }
    }

    /** Drops the schema, if it is the one of this upgrade. */
    private void remove() {
        open().ifPresent(session -> {
            try (session) {
                if (isOurs(session)) {
                    session.execute(drop());
                }
            }
        });
    }

    private String drop() {
        return Script.LAST_GIVE_BACK + "; " + (undoing == Undoing.FINISH ? Ledger.finish() : DROP);
    }

    /** Made anew each time, over what an older Relevo left; of use to nobody but us. */
    private static String functions() {
        return FUNCTIONS.stream()
                .map(file -> OwnTable.load(Installation.class, file))
                .collect(Collectors.joining("\n"));
    }

    private String state() {
        return ServingState.statement(server.side(), subscriptions)
                + "; SELECT relevo.make_marks(), relevo.set_fence(s.status <> 'open') FROM "
                + STATE
                + " s";
    }
}
