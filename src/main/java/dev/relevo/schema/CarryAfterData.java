package dev.relevo.schema;

import static dev.relevo.ledger.OwnTable.AFTER_DATA;

import dev.relevo.ledger.OwnTable;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.ServerVersion;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlState;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The part of the schema that waits for the rows: indexes and keys nobody made before, foreign
 * keys, triggers, rules, policies, event triggers; what {@link CarrySchema} kept in {@link
 * OwnTable#AFTER_DATA}, in pg_dump's order.
 *
 * <p>psql runs them, as it runs what comes before the rows: it knows where the body of a function
 * ends. Each entry is one transaction that also marks it done; the commits are asynchronous, and a
 * last one makes them durable. An entry that fails does not keep the others from being made, and
 * all that failed are told at once. Killed anywhere, the next run goes on: a psql that lost us
 * commits nothing that it has not read to the end.
 *
 * <p>What fails may have been put right on the old server since it was dumped. So before this gives
 * up it waits until the new server has all changes of rows, dumps the old schema again, drops from
 * the list what is gone there, takes over what is different, and tries once more.
 *
 * <p>Each statement waits for a lock 60 s at most, and comes again five times. Nobody but us and
 * the apply workers uses the new database yet.
 */
public final class CarryAfterData implements Step {
    private static final Map<String, String> SETTINGS =
            Map.of(
                    // No event trigger that was made a moment ago has a say.
                    "session_replication_role", "replica",
                    "synchronous_commit", "off",
                    "lock_timeout", "60s",
                    "lc_messages", "C");

    /** Of lock time-outs and deadlocks with the apply worker, before it gives up. */
    private static final int ATTEMPTS = 5;

    private static final Set<String> AGAIN =
            Set.of(SqlState.DEADLOCK_DETECTED, SqlState.LOCK_NOT_AVAILABLE);

    private final Endpoint oldServer;
    private final Endpoint newServer;
    private final Runnable catchUp;

    /**
     * Looks at nothing yet.
     *
     * @param catchUp waits until the new server has all rows the old one has by now; may throw a
     *     {@link ProblemException} when it cannot
     */
    public CarryAfterData(Endpoint oldServer, Endpoint newServer, Runnable catchUp) {
        this.oldServer = oldServer;
        this.newServer = newServer;
        this.catchUp = catchUp;
    }

    @Override
    public String id() {
        return "schema-after-data";
    }

    @Override
    public String title() {
        return "carry foreign keys, triggers and the rest of the schema";
    }

    @Override
    public List<Statement> statements() {
        return Servers.openIfThere(newServer, id(), Map.of())
                .map(session -> {
                    try (session) {
                        return AfterData.left(session).stream()
                                .map(entry -> new Statement("new", Child.readable(entry.sql())))
                                .toList();
                    }
                })
                .orElseGet(List::of);
    }

    @Override
    public Observation observe() {
        return Servers.openIfThere(newServer, id(), Map.of())
                .<Observation>map(session -> {
                    try (session) {
                        return AfterData.exists(session) && isComplete(session)
                                ? new Observation.Done(
                                        session.text("SELECT count(*) FROM " + AFTER_DATA)
                                                + " objects")
                                : new Observation.Pending();
                    }
                })
                .orElseGet(Observation.Pending::new);
    }

    @Override
    public void apply(Progress progress) {
        boolean refreshed = false;
        for (int attempt = 1; ; attempt++) {
            List<AfterData.Failed> failed = run(progress);
            if (failed.isEmpty()) {
                break;
            }
            boolean locks = failed.stream().allMatch(f -> AGAIN.contains(f.sqlState()));
            if (locks && attempt < ATTEMPTS) {
                continue;
            }
            if (locks || refreshed) {
                throw problem(failed);
            }
            progress.report(0, 0, "the old server's schema, once more");
            refresh();
            refreshed = true;
        }
        try (Session session = newServer.open(id())) {
            // Makes durable all that was committed before it.
            session.text("SELECT pg_catalog.pg_logical_emit_message(true, 'relevo', 'flush')");
        }
    }

    private void refresh() {
        try {
            catchUp.run();
        } catch (ProblemException e) {
            // What keeps rows from coming is told by the step that waits for them; here it is the
            // entry that failed.
            assert e != null;
        }
        SchemaDump dump = SchemaDump.take(oldServer, version());
        List<Archive.Entry> now =
                Archive.entries(dump.part(Archive.POST_DATA, newServer), Map.of());
        try (Session session = newServer.open(id())) {
            AfterData.refresh(session, now);
        }
    }

    private ServerVersion version() {
        try (Session session = newServer.open(id())) {
            return session.version();
        }
    }

    /** Tries all that are left, in one psql. */
    private List<AfterData.Failed> run(Progress progress) {
        try (Session session = newServer.open(id())) {
            List<AfterData.Entry> left = AfterData.left(session);
            return left.isEmpty() ? List.of() : run(left, session, progress);
        }
    }

    private List<AfterData.Failed> run(
            List<AfterData.Entry> left, Session session, Progress progress) {
        SchemaDump.Client client = SchemaDump.Client.find(session.version());
        AfterData.Script script =
                AfterData.Script.of(left, session.text("SHOW server_encoding"), client.restrict());
        Child.Result result =
                Child.run(
                        client.tools().psql(),
                        Scratch.LOAD,
                        newServer,
                        Servers.quiet(session.version(), SETTINGS),
                        script.bytes(),
                        _ -> tell(left, session, progress));
        List<AfterData.Failed> failed = script.failed(PsqlErrors.of(result.errors()));
        if (result.status() != 0 || (failed.isEmpty() && !isComplete(session))) {
            throw SchemaDump.failed("psql", client.tools(), result.errors());
        }
        return failed;
    }

    private static void tell(List<AfterData.Entry> left, Session session, Progress progress) {
        long done = left.size() - AfterData.countLeft(session);
        AfterData.Entry at = left.get((int) Math.min(done, left.size() - 1));
        progress.report(done, left.size(), "objects, " + Child.readable(at.what()));
    }

    private static RuntimeException problem(List<AfterData.Failed> failed) {
        AfterData.Failed first = failed.getFirst();
        String others =
                failed.stream()
                        .skip(1)
                        .map(f -> "\nAlso: " + f.what() + ": " + f.message())
                        .collect(Collectors.joining());
        String row =
                first.sqlState().startsWith("23")
                        ? "Change or delete the rows on the old server"
                        : "Change what it needs";
        return new Problem(
                        ExitStatus.FAILED,
                        "schema-not-restored",
                        first.what() + " cannot be made on the new server: " + first.message(),
                        (SchemaDump.masked(first.sql()).strip() + "\n" + first.detail() + others)
                                .strip(),
                        row
                                + ", or run "
                                + DropStatement.of(first.sql())
                                        .orElse("DROP for the object it makes")
                                + " there; then run the same command again. A function or type that"
                                + " is changed on the old server must be changed on the new one too.")
                .toException();
    }

    /**
     * Whether the new database has all of its schema; also true of one in which nothing was put
     * off.
     */
    public static boolean isComplete(Session session) {
        return AfterData.countLeft(session) == 0;
    }

    /** Nothing: it goes with the schema. */
    @Override
    public Reversal reversal() {
        return new Reversal.Nothing();
    }
}
