package dev.relevo.copy;

import dev.relevo.pg.CopyPipe;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Failpoint;
import dev.relevo.problem.Pause;
import dev.relevo.problem.Problem;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Takes tasks until none is left: one session on either server, one task at a time, each in one
 * transaction of the new server.
 *
 * <p>On the old server a chunk holds ACCESS SHARE on its table, in a transaction of its own, so
 * that DDL there waits for a chunk and not for the copy. On the new one nobody else is about;
 * commits are asynchronous.
 */
final class Worker {
    /** What both servers show of it; behind it, whose it is when it is not start's. */
    static final String PURPOSE = "copy worker";

    private static final String INVALID_PARAMETER = "22023";
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final Endpoint oldServer;
    private final Endpoint newServer;
    private final String snapshot;
    private final int jobs;
    private final AtomicBoolean stop;
    private final AtomicLong moved;
    private final String purpose;
    private long rows;

    /**
     * Opens nothing yet.
     *
     * @param snapshot what every worker imports
     * @param jobs how many workers there are
     * @param stop tells it to take no further task
     * @param moved counts the bytes that went through
     */
    Worker(
            Endpoint oldServer,
            Endpoint newServer,
            String snapshot,
            int jobs,
            AtomicBoolean stop,
            AtomicLong moved) {
        this(oldServer, newServer, snapshot, jobs, stop, moved, PURPOSE);
    }

    /**
     * The same under another name.
     *
     * @param purpose what both servers show of it, beginning with {@link #PURPOSE}
     */
    Worker(
            Endpoint oldServer,
            Endpoint newServer,
            String snapshot,
            int jobs,
            AtomicBoolean stop,
            AtomicLong moved,
            String purpose) {
        this.purpose = purpose;
        this.oldServer = oldServer;
        this.newServer = newServer;
        this.snapshot = snapshot;
        this.jobs = jobs;
        this.stop = stop;
        this.moved = moved;
    }

    private static Map<String, String> onNew() {
        Map<String, String> settings = new HashMap<>();
        settings.put("session_replication_role", "replica");
        settings.put("synchronous_commit", "off");
        settings.put("statement_timeout", "0");
        settings.put("lock_timeout", "0");
        settings.put("search_path", "");
        settings.put("check_function_bodies", "off");
        return settings;
    }

    private static Map<String, String> onOld() {
        return Map.of(
                "statement_timeout", "0",
                "lock_timeout", "60s",
                "max_parallel_workers_per_gather", "0");
    }

    void run() {
        try (Session fresh = newServer.open(purpose, onNew());
                Session old = oldServer.open(purpose, onOld())) {
            Formats.set(old);
            Formats.set(fresh);
            fresh.text(
                    "SELECT pg_catalog.set_config('maintenance_work_mem', ?, false)",
                    maintenanceMemory(fresh) + "kB");
            String encoding = old.text("SHOW server_encoding");
            while (!stop.get()) {
                fresh.begin();
                Optional<Task> task = Queue.take(fresh);
                if (task.isPresent()) {
                    perform(task.get(), old, fresh, encoding);
                    Failpoint.reach("copy/" + task.get().kind());
                    fresh.commit();
                    continue;
                }
                boolean left = Queue.isAnythingLeft(fresh);
                fresh.commit();
                if (!left) {
                    return;
                }
                Pause.of(PAUSE);
            }
        }
    }

    private void perform(Task task, Session old, Session fresh, String encoding) {
        rows = 0;
        switch (task.kind()) {
            case CHUNK -> {
                if (!task.leftOut() && !load(task, old, fresh, encoding)) {
                    Queue.leaveOut(fresh, task);
                }
            }
            case KEY, INDEX -> {}
        }
        build(task, fresh);
        Queue.done(fresh, task, rows);
    }

    /** Whether it was loaded; not so when the table is another one than the snapshot knows. */
    private boolean load(Task task, Session old, Session fresh, String encoding) {
        try {
            old.execute(
                    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT "
                            + Quote.literal(snapshot));
        } catch (PgException e) {
            throw e.is(INVALID_PARAMETER) || e.is("42704") ? lost(e) : e;
        }
        if (!lock(task, old)) {
            old.execute("ROLLBACK");
            return false;
        }
        if (task.single()) {
            fresh.execute("TRUNCATE ONLY " + task.name().sql());
        }
        rows =
                CopyPipe.run(
                        old,
                        task.copyOut(encoding),
                        fresh,
                        task.copyIn(encoding),
                        moved::addAndGet);
        old.execute("COMMIT");
        return true;
    }

    /** Keeps the table's file as it is until the end of the transaction, and looks at it. */
    private static boolean lock(Task task, Session old) {
        try {
            old.execute("LOCK TABLE ONLY " + task.name().sql() + " IN ACCESS SHARE MODE");
        } catch (PgException e) {
            if (e.is("42P01") || e.is("3F000") || e.is("42809")) {
                return false;
            }
            throw e;
        }
        return old.exists(
                "SELECT WHERE pg_catalog.to_regclass(?)::pg_catalog.oid = ?::pg_catalog.oid AND"
                        + " pg_catalog.pg_relation_filenode(?::pg_catalog.oid) ="
                        + " ?::pg_catalog.oid",
                task.name().sql(),
                task.oid(),
                task.oid(),
                task.filenode());
    }

    private static void build(Task task, Session fresh) {
        for (String statement : task.statements()) {
            try {
                fresh.execute(statement);
            } catch (PgException e) {
                if (e.isConnectionLost()) {
                    throw e;
                }
                throw new Problem(
                                ExitStatus.FAILED,
                                "index-not-built",
                                "an index or constraint of table "
                                        + task.name()
                                        + " cannot be made on the new server: "
                                        + e.getMessage(),
                                (statement.strip() + "\n" + e.detail()).strip(),
                                "Mend the rows on the old server, run relevo abort, then relevo"
                                        + " start.")
                        .toException(e);
            }
        }
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

    /**
     * For one index, in kB: a share of what the server takes for its cache, never less than what it
     * is set to, 1 GB at most.
     */
    private long maintenanceMemory(Session fresh) {
        return fresh.one(
                "SELECT greatest(least(c.setting::int8 * 8 / 8 / ?, 1048576), m.setting::int8) AS kb"
                        + " FROM pg_catalog.pg_settings c, pg_catalog.pg_settings m WHERE c.name ="
                        + " 'effective_cache_size' AND m.name = 'maintenance_work_mem'",
                row -> row.bigint("kb"),
                jobs);
    }
}
