package dev.relevo.upgrade;

import static dev.relevo.ledger.OwnTable.SAVED_ACL;

import dev.relevo.ledger.ServingState;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import dev.relevo.replication.Node;
import dev.relevo.schema.CarryAfterData;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One side as {@code status} found it, and the session to ask it more. Holds one session for the
 * whole look, because a log-in may cost more than all questions together.
 *
 * @param session nothing when the server does not answer, or has not the database yet
 * @param state what is recorded; nothing when Relevo has not been there
 */
record Sight(
        Node node,
        Optional<Session> session,
        Status.Side side,
        Optional<ServingState> state,
        boolean readOnly,
        boolean schemasClosed,
        boolean schemaComplete)
        implements AutoCloseable {
    private static final Map<String, String> SHORT =
            Map.of("lock_timeout", "2s", "statement_timeout", "2s");

    static final String CLOSED =
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

    /** Never fails: a server that does not answer is a finding, too. */
    static Sight of(Node node) {
        Session session;
        try {
            session = node.endpoint().open("status", SHORT);
        } catch (ProblemException e) {
            return e.problem().code().equals("no-database")
                    ? absent(node, "no database yet", Optional.empty())
                    : absent(node, "unreachable", Optional.of(e.problem()));
        } catch (PgException e) {
            return absent(node, "does not answer", Optional.of(silence(node, e)));
        }
        try {
            return of(node, session);
        } catch (PgException e) {
            session.close();
            return absent(node, "does not answer", Optional.of(silence(node, e)));
        }
    }

    private static Sight of(Node node, Session session) {
        Optional<ServingState> state = ServingState.read(session);
        String word = state.map(s -> s.name().toLowerCase(Locale.ROOT)).orElse("not prepared");
        Status.Side side =
                new Status.Side(
                        node.endpoint().display(),
                        session.version().toString(),
                        word,
                        session.one(CLIENTS, row -> row.integer("clients")),
                        Optional.empty());
        return new Sight(
                node,
                Optional.of(session),
                side,
                state,
                session.exists(CLOSED),
                state.isPresent() && session.exists("SELECT FROM " + SAVED_ACL + " LIMIT 1"),
                CarryAfterData.isComplete(session));
    }

    private static Sight absent(Node node, String word, Optional<Problem> trouble) {
        return new Sight(
                node,
                Optional.empty(),
                new Status.Side(node.endpoint().display(), "", word, 0, trouble),
                Optional.empty(),
                false,
                false,
                false);
    }

    private static Problem silence(Node node, PgException error) {
        return new Problem(
                ExitStatus.CONNECTION,
                "no-answer",
                node.endpoint().display() + " does not answer",
                error.getMessage(),
                "Run relevo status again in a moment; if it stays so, look at pg_stat_activity there for what"
                        + " it waits for.");
    }

    /** The same, when it stopped answering after it was looked at. */
    Sight silenced(PgException error) {
        return new Sight(
                node,
                session,
                new Status.Side(
                        side.address(),
                        side.version(),
                        side.state(),
                        side.clients(),
                        Optional.of(silence(node, error))),
                state,
                readOnly,
                schemasClosed,
                schemaComplete);
    }

    /** Whether all that was asked was answered, if only by there being no database. */
    boolean answers() {
        return side.trouble().isEmpty();
    }

    boolean serves() {
        return state.filter(ServingState.OPEN::equals).isPresent() && !readOnly;
    }

    @Override
    public void close() {
        session.ifPresent(Session::close);
    }
}
