package dev.relevo.copy;

import static dev.relevo.ledger.OwnTable.AFTER_DATA;

import dev.relevo.catalog.LostChanges;
import dev.relevo.catalog.QualifiedName;
import dev.relevo.catalog.Table;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Failpoint;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Copies the rows of every table in one snapshot, then makes the tables' keys and indexes.
 *
 * <p>A table is cut into ranges of blocks where the old server can read such a range by itself (14
 * and newer), else of values of its primary key where that serves: see {@link KeyRange}. Workers
 * take the biggest piece that is left; a table's indexes are pieces too, from the moment its rows
 * are there. Each piece is one transaction on the new server, which also marks it done. Killed at
 * any moment, the same again goes on with what is not done, in the same snapshot. If the snapshot
 * was lost meanwhile, all begins anew.
 *
 * <p>Workers of other processes may help: see {@link JoinCopy}.
 *
 * <p>When all rows are there they are made durable before the snapshot is let go.
 *
 * <p>When also every table has what an apply worker finds its rows by, the steps that follow the
 * old server are run, while workers go on with the other indexes: the old server keeps write-ahead
 * log until then. A plain CREATE INDEX takes SHARE on its table, so an apply worker that comes to a
 * change of that table waits for it, and the changes behind it with that; a worker does not wait
 * for an apply worker while there is another table's index to build. Nobody who waits here holds
 * what the other one wants, see {@link Worker}.
 *
 * <p>A table that was truncated, rewritten (VACUUM FULL, CLUSTER, some ALTER TABLE) or created
 * since the snapshot is left out, and has to be copied by other means: see {@link #copied}.
 */
public final class CopyTables implements Step {
    private static final Duration POLL = Duration.ofMillis(100);

    /** No event trigger and no fence has a say; patient with whoever reads the new database. */
    private static final Map<String, String> SETTINGS =
            Map.of(
                    "session_replication_role", "replica",
                    "relevo.passes_fence", "on",
                    "lock_timeout", "60s",
                    "statement_timeout", "10min");

    private final Endpoint oldServer;
    private final Endpoint newServer;
    private final List<Table> tables;
    private final Map<QualifiedName, QualifiedName> roots;
    private final int jobs;
    private final Throttle throttle;
    private final Snapshots snapshots;
    private final List<Step> following;

    /**
     * Looks at nothing yet.
     *
     * @param tables permanent ordinary tables, leaf partitions included
     * @param roots of those leaves whose rows go to the root of their tree, because they may belong
     *     to other partitions there
     * @param jobs how many workers there are, each with a session on either server
     * @param throttle all rows go through it
     * @param following are run when nothing of the copy stands in the way of them any more
     */
    public CopyTables(
            Endpoint oldServer,
            Endpoint newServer,
            List<Table> tables,
            Map<QualifiedName, QualifiedName> roots,
            int jobs,
            Throttle throttle,
            Snapshots snapshots,
            List<Step> following) {
        this.oldServer = oldServer;
        this.newServer = newServer;
        this.tables = List.copyOf(tables);
        this.roots = Map.copyOf(roots);
        this.jobs = jobs;
        this.throttle = throttle;
        this.snapshots = snapshots;
        this.following = List.copyOf(following);
    }

    /** Whether all data of this copy are on the new server for good. */
    public static boolean isLoaded(Endpoint newServer, String copy) {
        try (Session fresh = newServer.open("copy")) {
            return Queue.isLoaded(fresh, copy);
        }
    }

    /** The tables whose rows are on the new server as they are in the snapshot. */
    public static Set<QualifiedName> copied(Endpoint newServer) {
        try (Session fresh = newServer.open("copy")) {
            return Queue.copied(fresh);
        }
    }

    @Override
    public String id() {
        return "copy";
    }

    @Override
    public String title() {
        return "copy every table and build its indexes";
    }

    @Override
    public List<Statement> statements() {
        return tables.stream()
                .map(table ->
                        new Statement(
                                "here",
                                "COPY %s TO STDOUT | COPY %s FROM STDIN"
                                        .formatted(
                                                table.name().sql(),
                                                roots.getOrDefault(table.name(), table.name())
                                                        .sql())))
                .toList();
    }

    @Override
    public Observation observe() {
        String copy = snapshots.copy().orElse("");
        try (Session fresh = newServer.open("copy")) {
            if (!Queue.isLoaded(fresh, copy) || !Queue.progress(fresh).complete()) {
                return new Observation.Pending();
            }
            if (snapshots.held().isPresent()) {
                // Died between the last row and the release.
                return new Observation.Pending();
            }
            Queue.Progress now = Queue.progress(fresh);
            return new Observation.Done(
                    "%d tables, %,d MB, %d indexes"
                                    .formatted(now.tables(), now.bytes() >> 20, now.indexes())
                            + Repeats.told(fresh));
        }
    }

    @Override
    public void apply(Progress progress) {
        String snapshot;
        try (Session fresh = newServer.open("copy", SETTINGS);
                Session old = oldServer.open("copy")) {
            // Of a run that died: in the middle of an index a server does not notice it.
            Workers.end(old, Worker.PURPOSE);
            Workers.end(fresh, Worker.PURPOSE);
            if (Queue.isLoaded(fresh, snapshots.copy().orElse(""))) {
                snapshot = "";
            } else {
                Snapshots.Source source = snapshots.held().orElseThrow(CopyTables::lost);
                if (!Queue.isOf(fresh, source.copy())) {
                    requireNotFinished(fresh);
                    Workers.clear(fresh);
                    Queue.make(oldServer, fresh, source, tables, roots, jobs);
                }
                snapshot = source.id();
            }
        }
        work(snapshot, progress);
    }

    private void work(String snapshot, Progress progress) {
        Reporter reporter = new Reporter(snapshots, progress);
        AtomicBoolean released = new AtomicBoolean();
        AtomicBoolean followed = new AtomicBoolean();
        new Crew(oldServer, newServer, SETTINGS, snapshot, jobs, jobs, throttle, Worker.PURPOSE)
                .work(
                        POLL,
                        fresh -> {
                            if (!released.get() && Queue.progress(fresh).chunksLeft() == 0) {
                                Queue.loaded(fresh);
                                Failpoint.reach("copy/loaded");
                                snapshots.release();
                                released.set(true);
                            }
                            if (released.get()
                                    && !followed.get()
                                    && !Queue.isAnythingAwaited(fresh)) {
                                following.forEach(progress::ahead);
                                Failpoint.reach("copy/followed");
                                followed.set(true);
                            }
                            reporter.look(fresh);
                        });
    }

    /** With foreign keys in place tables cannot be emptied one by one. */
    private static void requireNotFinished(Session fresh) {
        if (fresh.exists("SELECT FROM " + AFTER_DATA + " WHERE done AND kind = 'rest' LIMIT 1")) {
            throw new Problem(
                            ExitStatus.STATE,
                            "copy-outdated",
                            "the copy on the new server cannot be followed up any more",
                            "its slot is gone, or has lost write-ahead log that it needs",
                            LostChanges.NEW_COPY)
                    .toException();
        }
    }

    private static ProblemException lost() {
        return new Problem(
                        ExitStatus.FAILED,
                        "snapshot-lost",
                        "the session that kept the snapshot of the copy has ended",
                        "",
                        "Run the same command again: it begins the copy anew.")
                .toException();
    }

    /** The rows go with the schema; workers of a run that died would stand in its way. */
    @Override
    public Reversal reversal() {
        try (Session fresh = newServer.open("copy")) {
            return Queue.exists(fresh)
                    ? new Reversal.Undo(
                            List.of(new Statement("new", Queue.DROP)),
                            () -> {
                                try (Session session = newServer.open("copy", SETTINGS)) {
                                    Workers.clear(session);
                                }
                            })
                    : new Reversal.Nothing();
        } catch (ProblemException e) {
            if (e.problem().code().equals("no-database")) {
                return new Reversal.Nothing();
            }
            throw e;
        }
    }
}
