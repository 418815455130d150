package dev.relevo.copy;

import dev.relevo.catalog.ClientSettings;
import dev.relevo.pg.CopyPipe;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlState;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Failpoint;
import dev.relevo.problem.Pause;
import dev.relevo.problem.Problem;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/**
 * Takes tasks until none is left: one session on either server, one task at a time, or several of
 * small tables, in one transaction of the new server.
 *
 * <p>On the old server a chunk holds ACCESS SHARE on its table, in a transaction of its own, so
 * that DDL there waits for a chunk and not for the copy. On the new one nobody else is about until
 * tables are followed; commits are asynchronous.
 *
 * <p>An index holds SHARE on its table, and the worker that builds it no other lock that an apply
 * worker could want: so an apply worker may wait for a worker, and a worker for an apply worker,
 * but none does so while the other one waits for it. Only an index whose expressions read other
 * tables can take part in a deadlock, with a TRUNCATE of several; then it is built anew.
 *
 * <p>When a connection breaks, the server rolls the task back, and somebody takes it again; see
 * {@link Endurance}. Without the keeper of the snapshot there is nothing to go on with.
 */
final class Worker {
    /** What both servers show of it; behind it, whose it is when it is not start's. */
    static final String PURPOSE = "copy worker";

    /** A server lets go what a machine holds that is gone, within a minute. */
    private static final Map<String, String> NOTICING_LOSS =
            Map.of(
                    "tcp_keepalives_idle", "30",
                    "tcp_keepalives_interval", "10",
                    "tcp_keepalives_count", "3",
                    // How far a chunk is goes by when its transaction began.
                    "track_activities", "on");

    private static final String INVALID_PARAMETER = "22023";
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final Endpoint oldServer;
    private final Endpoint newServer;
    private final String snapshot;
    private final int jobs;
    private final AtomicBoolean stop;
    private final Throttle throttle;
    private final String purpose;
    private final Map<Integer, Long> rows = new HashMap<>();

    /** What it is at, and since when; still so after a connection broke. */
    private List<Task> taken = List.of();

    private long takenAt;
    private int pidOnOld;
    private int pidOnNew;

    /**
     * Opens nothing yet.
     *
     * @param snapshot what every worker imports
     * @param jobs how many workers there are
     * @param stop tells it to take no further task
     * @param throttle all bytes go through it
     * @param purpose what both servers show of it, beginning with {@link #PURPOSE}
     */
    Worker(
            Endpoint oldServer,
            Endpoint newServer,
            String snapshot,
            int jobs,
            AtomicBoolean stop,
            Throttle throttle,
            String purpose) {
        this.oldServer = oldServer;
        this.newServer = newServer;
        this.snapshot = snapshot;
        this.jobs = jobs;
        this.stop = stop;
        this.throttle = throttle;
        this.purpose = purpose;
    }

    private static Map<String, String> onNew() {
        Map<String, String> settings = new HashMap<>();
        settings.put("session_replication_role", "replica");
        settings.put("relevo.passes_fence", "on");
        settings.put("synchronous_commit", "off");
        settings.put("statement_timeout", "0");
        settings.put("lock_timeout", "0");
        settings.put("search_path", "");
        settings.put("check_function_bodies", "off");
        settings.putAll(NOTICING_LOSS);
        return settings;
    }

    private static Map<String, String> onOld() {
        Map<String, String> settings = new HashMap<>();
        settings.put("statement_timeout", "0");
        settings.put("lock_timeout", "60s");
        settings.put("max_parallel_workers_per_gather", "0");
        // A piece of half a gigabyte is expensive enough to be compiled, which helps a plain scan
        // nothing.
        settings.put("jit", "off");
        settings.putAll(NOTICING_LOSS);
        return settings;
    }

    /** Returns when nothing is left, or when told to stop; a lost connection costs a task. */
    void run() {
        Endurance endurance = new Endurance(stop::get);
        endurance.run(() -> {
            try (Session fresh = newServer.noticingLoss().open(purpose, onNew());
                    Session old = oldServer.noticingLoss().open(purpose, onOld())) {
                endLost(fresh, pidOnNew);
                endLost(old, pidOnOld);
                pidOnNew = fresh.pid();
                pidOnOld = old.pid();
                Formats.setWriting(old);
                ClientSettings.set(fresh);
                Formats.setReading(fresh);
                Indexes.prepare(fresh);
                endurance.connected();
                if (!taken.isEmpty()) {
                    Repeats.count(fresh, taken, (System.nanoTime() - takenAt) / 1e9);
                    taken = List.of();
                }
                work(old, fresh, endurance);
            }
        });
    }

    /**
     * Ends the backend of a connection that was lost, which may not have noticed and holds its
     * task. Should the number belong to another worker by now, that one loses a task.
     */
    private void endLost(Session session, int pid) {
        session.query(
                "SELECT pg_catalog.pg_terminate_backend(a.pid) AS told FROM"
                        + " pg_catalog.pg_stat_activity a WHERE a.pid = ? AND a.pid <>"
                        + " pg_catalog.pg_backend_pid() AND a.datname ="
                        + " pg_catalog.current_database() AND a.application_name = ?",
                row -> row.bool("told"),
                pid,
                Session.NAME_PREFIX + purpose);
    }

    private void work(Session old, Session fresh, Endurance endurance) {
        String encoding = old.text("SHOW server_encoding");
        Set<Integer> busy = new HashSet<>();
        while (!stop.get()) {
            fresh.begin();
            List<Task> tasks = Queue.take(fresh, jobs, busy);
            if (!tasks.isEmpty()) {
                taken = tasks;
                takenAt = System.nanoTime();
                if (!perform(tasks, old, fresh, encoding)) {
                    fresh.rollback();
                    taken = List.of();
                    busy.add(tasks.getFirst().table());
                    continue;
                }
                Failpoint.reach("copy/" + tasks.getFirst().kind());
                fresh.commit();
                taken = List.of();
                busy.clear();
                endurance.progressed();
                continue;
            }
            busy.clear();
            boolean left = Queue.isAnythingLeft(fresh);
            fresh.commit();
            if (!left) {
                // A crash of the new server could undo what others committed, with nobody here.
                Queue.flush(fresh);
                return;
            }
            Pause.of(PAUSE);
        }
    }

    /** Does them, or nothing if they are an index of a table that somebody else writes to. */
    private boolean perform(List<Task> tasks, Session old, Session fresh, String encoding) {
        Task first = tasks.getFirst();
        if (first.kind() == Task.Kind.INDEX) {
            try {
                Indexes.lock(fresh, first);
                Indexes.build(fresh, first, jobs);
            } catch (PgException e) {
                if (e.is(SqlState.LOCK_NOT_AVAILABLE) || e.is(SqlState.DEADLOCK_DETECTED)) {
                    return false;
                }
                throw e;
            }
            Queue.done(fresh, tasks, List.of(0L));
            return true;
        }
        rows.clear();
        List<Task> chunks =
                tasks.stream()
                        .filter(task -> task.kind() == Task.Kind.CHUNK && !task.leftOut())
                        .toList();
        if (!chunks.isEmpty()) {
            load(chunks, old, fresh, encoding);
        }
        tasks.forEach(task -> Indexes.build(fresh, task, jobs));
        Queue.done(
                fresh,
                tasks,
                tasks.stream().map(task -> rows.getOrDefault(task.id(), 0L)).toList());
        return true;
    }

    /** Loads those whose tables are the ones that the snapshot knows, and leaves out the others. */
    private void load(List<Task> tasks, Session old, Session fresh, String encoding) {
        boolean alone = tasks.size() == 1;
        if (!lock(tasks, old)) {
            if (alone) {
                Queue.leaveOut(fresh, tasks.getFirst());
            } else {
                tasks.forEach(task -> load(List.of(task), old, fresh, encoding));
            }
            return;
        }
        Set<Integer> same = same(tasks, old);
        for (Task task : tasks) {
            if (!same.contains(task.id())) {
                Queue.leaveOut(fresh, task);
                continue;
            }
            if (task.freezes()) {
                fresh.execute("TRUNCATE ONLY " + task.name().sql());
            }
            rows.put(
                    task.id(),
                    CopyPipe.run(
                            old,
                            task.copyOut(encoding),
                            fresh,
                            task.copyIn(encoding),
                            Padding.of(task.padded()),
                            throttle::await));
        }
        old.execute("COMMIT");
    }

    /**
     * Imports the snapshot, and keeps the tables' files as they are until the end of the
     * transaction; or neither, if a table is gone. With several tables it does not wait for a lock:
     * whoever waits for one while holding another may take part in a deadlock with a client.
     */
    private boolean lock(List<Task> tasks, Session old) {
        String tables =
                tasks.stream()
                        .map(task -> "ONLY " + task.name().sql())
                        .collect(Collectors.joining(", "));
        try {
            old.execute(
                    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT "
                            + Quote.literal(snapshot)
                            + "; LOCK TABLE "
                            + tables
                            + " IN ACCESS SHARE MODE"
                            + (tasks.size() == 1 ? "" : " NOWAIT")
                            + (tasks.getFirst().byKey() ? "; SET LOCAL enable_seqscan = off" : ""));
            return true;
        } catch (PgException e) {
            if (e.is(INVALID_PARAMETER) || e.is(SqlState.UNDEFINED_OBJECT)) {
                throw lost(e);
            }
            boolean busy = tasks.size() > 1 && e.is(SqlState.LOCK_NOT_AVAILABLE);
            if (!busy && !e.is("42P01") && !e.is("3F000") && !e.is("42809")) {
                throw e;
            }
            old.execute("ROLLBACK");
            return false;
        }
    }

    /** Those whose tables still have the files that the snapshot knows. */
    private static Set<Integer> same(List<Task> tasks, Session old) {
        return new HashSet<>(
                old.query(
                        "SELECT u.id FROM ROWS FROM (unnest(?::int[], ?::text[], ?::int8[],"
                                + " ?::int8[])) AS u (id, name, oid, filenode) WHERE"
                                + " pg_catalog.to_regclass(u.name)::pg_catalog.oid ="
                                + " u.oid::pg_catalog.oid AND"
                                + " pg_catalog.pg_relation_filenode(u.oid::pg_catalog.oid) ="
                                + " u.filenode::pg_catalog.oid",
                        row -> row.integer("id"),
                        tasks.stream().map(Task::id).toList(),
                        tasks.stream().map(task -> task.name().sql()).toList(),
                        tasks.stream().map(Task::oid).toList(),
                        tasks.stream().map(Task::filenode).toList()));
    }

    private static RuntimeException lost(PgException cause) {
        return new Problem(
                        ExitStatus.FAILED,
                        "snapshot-lost",
                        "the session that kept the snapshot of the copy has ended",
                        cause.getMessage(),
                        "Run the same command again: it begins the copy anew.")
                .toException(cause);
    }
}
