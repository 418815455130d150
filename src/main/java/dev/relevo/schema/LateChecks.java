package dev.relevo.schema;

import dev.relevo.catalog.ClientSettings;
import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import dev.relevo.pg.SqlState;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * CHECKs that may hang on rows of other tables come behind all rows: they are taken off the empty
 * tables and domains of the new server, and put back when everything is copied.
 *
 * <p>PostgreSQL takes a CHECK for a function of its own row, and pg_dump puts it into CREATE TABLE.
 * One that calls a function of the users' may look elsewhere, where the rows it looks for may come
 * later, from another worker or by another subscription.
 *
 * <p>Each is taken off in the transaction that notes it in {@link Facts} of the new server, and put
 * back, NOT VALID, in the one that notes that; so whoever is killed, none is lost. Then it is
 * validated, under SHARE UPDATE EXCLUSIVE, while changes go on arriving. One that the rows do not
 * satisfy, on the old server neither, stays NOT VALID: it holds for rows to come, as it does there.
 *
 * @see <a href="https://www.postgresql.org/docs/current/ddl-constraints.html">Constraints</a>
 */
public final class LateChecks {
    private static final Map<String, String> SETTINGS =
            Map.of(
                    "session_replication_role", "replica",
                    "statement_timeout", "0",
                    "lock_timeout", "30s",
                    "search_path", "");

    /** Of lock time-outs and deadlocks with an apply worker. */
    private static final int ATTEMPTS = 5;

    private static final String TAKEN = "";

    private final Endpoint newServer;

    private LateChecks(Endpoint newServer) {
        this.newServer = newServer;
    }

    /** Takes them off, behind the schema and before the rows. */
    public static Step takeOff(Endpoint newServer) {
        return new TakeOff(new LateChecks(newServer));
    }

    /**
     * Puts them back, behind all rows.
     *
     * @param notes takes a line for each that stays NOT VALID
     */
    public static Step putBack(Endpoint newServer, Consumer<String> notes) {
        return new PutBack(new LateChecks(newServer), notes);
    }

    private record Found(String holder, String name, String definition, String comment) {
        String key(int number) {
            return "%05d %s %s".formatted(number, holder, name);
        }

        String drop() {
            return "ALTER " + holder + " DROP CONSTRAINT " + name;
        }

        String add() {
            return "ALTER "
                    + holder
                    + " ADD CONSTRAINT "
                    + name
                    + " "
                    + definition
                    + " NOT VALID"
                    + (comment.isEmpty()
                            ? ""
                            : "; COMMENT ON CONSTRAINT "
                                    + name
                                    + " ON "
                                    + holder.replaceFirst("^TABLE ", "")
                                    + " IS "
                                    + Quote.literal(comment));
        }

        String validate() {
            return "ALTER " + holder + " VALIDATE CONSTRAINT " + name;
        }
    }

    private static List<Found> found(Session session) {
        return session.query(
                SqlFile.load(LateChecks.class, "late_checks"),
                row ->
                        new Found(
                                row.text("holder"),
                                row.text("name"),
                                row.text("definition"),
                                Objects.requireNonNullElse(row.textOrNull("comment"), "")));
    }

    private Session open() {
        return newServer.open("late checks", SETTINGS);
    }

    /** What is noted of one: how it is put back, how it is validated, and how far that is. */
    private record Noted(String key, String add, String validate, String state) {
        static final String OFF = "off";
        static final String BACK = "back";
        static final String VALID = "valid";
        static final String NOT_VALID = "not valid";

        boolean isDone() {
            return state.equals(VALID) || state.equals(NOT_VALID);
        }

        void becomes(Session session, String next) {
            new Facts(session).put(Fact.LATE_CHECK, key, List.of(add, validate, next));
        }

        /** {@code TABLE public.t constraint ok}, as SQL. */
        String what() {
            return key.substring(key.indexOf(' ') + 1);
        }
    }

    private static List<Noted> noted(Session session) {
        return new Facts(session)
                .all(Fact.LATE_CHECK).entrySet().stream()
                        .filter(entry -> !entry.getKey().equals(TAKEN))
                        .map(entry ->
                                new Noted(
                                        entry.getKey(),
                                        entry.getValue().get(0),
                                        entry.getValue().get(1),
                                        entry.getValue().get(2)))
                        .toList();
    }

    private static boolean areTaken(Session session) {
        return new Facts(session).get(Fact.LATE_CHECK, TAKEN).isPresent();
    }

    private record TakeOff(LateChecks all) implements Step {
        @Override
        public String id() {
            return "late-checks-off";
        }

        @Override
        public String title() {
            return "put off CHECKs that may read other tables";
        }

        @Override
        public List<Statement> statements() {
            return Servers.openIfThere(all.newServer, id(), SETTINGS)
                    .map(session -> {
                        try (session) {
                            return areTaken(session)
                                    ? List.<Statement>of()
                                    : found(session).stream()
                                            .map(check -> new Statement("new", check.drop()))
                                            .toList();
                        }
                    })
                    .orElseGet(List::of);
        }

        @Override
        public Observation observe() {
            return Servers.openIfThere(all.newServer, id(), SETTINGS)
                    .<Observation>map(session -> {
                        try (session) {
                            return areTaken(session)
                                    ? new Observation.Done(noted(session).size() + " constraints")
                                    : new Observation.Pending();
                        }
                    })
                    .orElseGet(Observation.Pending::new);
        }

        /** Taken from a parent, one that a child has itself as well is found in the next round. */
        @Override
        public void apply(Progress progress) {
            try (Session session = all.open()) {
                int number = noted(session).size();
                List<Found> found = found(session);
                while (!found.isEmpty()) {
                    for (Found check : found) {
                        int next = number++;
                        session.transaction(() -> {
                            session.execute(check.drop());
                            new Facts(session)
                                    .put(
                                            Fact.LATE_CHECK,
                                            check.key(next),
                                            List.of(check.add(), check.validate(), Noted.OFF));
                        });
                    }
                    found = found(session);
                }
                new Facts(session).put(Fact.LATE_CHECK, TAKEN, List.of());
            }
        }

        /** Its notes only: the constraints go with the schema. */
        @Override
        public Reversal reversal() {
            return Servers.openIfThere(all.newServer, id(), Map.of())
                    .<Reversal>map(session -> {
                        try (session) {
                            return new Facts(session).all(Fact.LATE_CHECK).isEmpty()
                                    ? new Reversal.Nothing()
                                    : new Reversal.Undo(List.of(), this::forget);
                        }
                    })
                    .orElseGet(Reversal.Nothing::new);
        }

        private void forget() {
            try (Session session = all.newServer.open(id())) {
                new Facts(session).remove(Fact.LATE_CHECK);
            }
        }
    }

    private record PutBack(LateChecks all, Consumer<String> notes) implements Step {
        @Override
        public String id() {
            return "late-checks";
        }

        @Override
        public String title() {
            return "put CHECKs back that may read other tables";
        }

        @Override
        public List<Statement> statements() {
            return Servers.openIfThere(all.newServer, id(), SETTINGS)
                    .map(session -> {
                        try (session) {
                            return noted(session).reversed().stream()
                                    .filter(check -> !check.isDone())
                                    .flatMap(check ->
                                            List.of(check.add(), check.validate()).stream())
                                    .map(sql -> new Statement("new", sql))
                                    .toList();
                        }
                    })
                    .orElseGet(List::of);
        }

        @Override
        public Observation observe() {
            return Servers.openIfThere(all.newServer, id(), SETTINGS)
                    .<Observation>map(session -> {
                        try (session) {
                            List<Noted> noted = noted(session);
                            return areTaken(session) && noted.stream().allMatch(Noted::isDone)
                                    ? new Observation.Done(noted.size() + " constraints")
                                    : new Observation.Pending();
                        }
                    })
                    .orElseGet(Observation.Pending::new);
        }

        /** The last one first: a child's own before that of its parent, which is merged with it. */
        @Override
        public void apply(Progress progress) {
            try (Session session = all.open()) {
                ClientSettings.set(session);
                for (Noted check : noted(session).reversed()) {
                    if (check.state().equals(Noted.OFF)) {
                        again(() ->
                                session.transaction(() -> {
                                    session.execute(check.add());
                                    check.becomes(session, Noted.BACK);
                                }));
                    }
                }
                List<Noted> left =
                        noted(session).reversed().stream()
                                .filter(check -> !check.isDone())
                                .toList();
                for (int i = 0; i < left.size(); i++) {
                    progress.report(i, left.size(), "constraints, " + left.get(i).what());
                    validate(session, left.get(i));
                }
            }
        }

        private void validate(Session session, Noted check) {
            try {
                again(() ->
                        session.transaction(() -> {
                            session.execute(check.validate());
                            check.becomes(session, Noted.VALID);
                        }));
            } catch (PgException e) {
                if (e.isConnectionLost()
                        || e.sqlState().startsWith("57")
                        || e.is(SqlState.LOCK_NOT_AVAILABLE)) {
                    throw e;
                }
                check.becomes(session, Noted.NOT_VALID);
                notes.accept(
                        "CHECK %s stays NOT VALID on the new server: %s"
                                .formatted(check.what(), e.getMessage()));
            }
        }

        private static void again(Runnable work) {
            for (int attempt = 1; ; attempt++) {
                try {
                    work.run();
                    return;
                } catch (PgException e) {
                    boolean busy =
                            e.is(SqlState.DEADLOCK_DETECTED) || e.is(SqlState.LOCK_NOT_AVAILABLE);
                    if (!busy || attempt == ATTEMPTS) {
                        throw e;
                    }
                }
            }
        }

        @Override
        public Reversal reversal() {
            return new Reversal.Nothing();
        }
    }
}
