package dev.relevo.lab;

import static dev.relevo.ledger.OwnTable.COPY_STATE;
import static dev.relevo.ledger.OwnTable.COPY_TASK;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Row;
import dev.relevo.pg.Session;
import dev.relevo.problem.ProblemException;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Looks at a copy from outside, on servers that may be down at any moment. */
final class CopyWatch implements AutoCloseable {
    /** {@code start}'s; a worker that helps has more behind it. */
    private static final String OF_START = Session.NAME_PREFIX + "copy worker";

    /** There a worker has a transaction while it reads rows. */
    private static final String ON_OLD =
            "SELECT a.pid, a.application_name AS name, a.xact_start IS NOT NULL AS busy,"
                    + " 0::float8 AS seconds, 0::bigint AS bytes FROM"
                    + " pg_catalog.pg_stat_activity a WHERE"
                    + " pg_catalog.starts_with(a.application_name, '"
                    + OF_START
                    + "')";

    /** A worker's transaction has a number from the moment it has taken a piece. */
    private static final String ON_NEW =
            "SELECT a.pid, a.application_name AS name, a.backend_xid IS NOT NULL AS busy,"
                    + " coalesce(extract(epoch FROM pg_catalog.clock_timestamp() -"
                    + " a.xact_start), 0)::float8 AS seconds, %s AS bytes FROM"
                    + " pg_catalog.pg_stat_activity a WHERE"
                    + " pg_catalog.starts_with(a.application_name, '"
                    + OF_START
                    + "')";

    private static final String BYTES =
            "coalesce((SELECT p.bytes_processed FROM pg_catalog.pg_stat_progress_copy p WHERE p.pid ="
                    + " a.pid), 0)";

    private static final String TASKS =
            "SELECT t.id, t.done, t.bytes, t.kind = 'chunk' AS chunk, coalesce(extract(epoch FROM"
                    + " t.ended - t.begun), 0)::float8 AS seconds FROM "
                    + COPY_TASK
                    + " t";

    private final Endpoint oldServer;
    private final Endpoint newServer;
    private @Nullable Session old;
    private @Nullable Session fresh;

    CopyWatch(Endpoint oldServer, Endpoint newServer) {
        this.oldServer = oldServer;
        this.newServer = newServer;
    }

    /**
     * A session of a worker.
     *
     * @param busy whether it is at a piece
     * @param seconds for which it has been, on the new server
     * @param bytes that it has loaded of it there; 0 before 14
     */
    record Worker(int pid, boolean helps, boolean busy, double seconds, long bytes) {}

    /** A piece; {@code seconds} is what it took. */
    record Task(int id, boolean done, long bytes, boolean chunk, double seconds) {}

    /**
     * What is seen at a moment.
     *
     * @param copy its name; nothing when there is no queue, or a server is down
     * @param onOld the sessions of workers there
     */
    record Look(
            Optional<String> copy,
            List<Worker> onOld,
            List<Worker> onNew,
            Map<Integer, Task> tasks) {
        private static final Look NOTHING =
                new Look(Optional.empty(), List.of(), List.of(), Map.of());

        /** How much of the work is done, what was loaded of pieces under way included; about. */
        double done() {
            double all = sum(tasks.values().stream());
            double loaded = onNew.stream().mapToLong(Worker::bytes).sum();
            return all == 0
                    ? 0
                    : Math.min(1, (sum(tasks.values().stream().filter(Task::done)) + loaded) / all);
        }

        private static double sum(Stream<Task> some) {
            return some.mapToDouble(task -> task.bytes() + 1.0).sum();
        }

        boolean complete() {
            return copy.isPresent() && tasks.values().stream().allMatch(Task::done);
        }

        /** All sessions of workers on both servers. */
        Set<Integer> pids() {
            return Stream.concat(onOld.stream(), onNew.stream())
                    .map(Worker::pid)
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        /** Those of {@code start}, or of who helps. */
        Look of(boolean helping) {
            return only(worker -> worker.helps() == helping);
        }

        /** Without sessions that are gone or going. */
        Look without(Set<Integer> pids) {
            return only(worker -> !pids.contains(worker.pid()));
        }

        private Look only(Predicate<Worker> which) {
            return new Look(
                    copy,
                    onOld.stream().filter(which).toList(),
                    onNew.stream().filter(which).toList(),
                    tasks);
        }

        /** Whether so many workers have sessions there, and one is at a piece. */
        boolean working(int old, int fresh) {
            return onOld.size() >= old
                    && onNew.size() >= fresh
                    && onNew.stream().anyMatch(Worker::busy);
        }
    }

    /** Looks; both servers are asked one after the other. */
    Look look() {
        try {
            Session here = old == null ? oldServer.open("bench") : old;
            old = here;
            Session there = fresh == null ? newServer.open("bench") : fresh;
            fresh = there;
            if (!there.exists(
                    "SELECT WHERE pg_catalog.to_regclass('" + COPY_STATE + "') IS NOT NULL")) {
                return Look.NOTHING;
            }
            Map<Integer, Task> tasks = new HashMap<>();
            there.query(
                            TASKS,
                            row ->
                                    new Task(
                                            row.integer("id"),
                                            row.bool("done"),
                                            row.bigint("bytes"),
                                            row.bool("chunk"),
                                            row.real("seconds")))
                    .forEach(task -> tasks.put(task.id(), task));
            return new Look(
                    there.first("SELECT copy FROM " + COPY_STATE, row -> row.text("copy")),
                    here.query(ON_OLD, CopyWatch::worker),
                    there.query(
                            ON_NEW.formatted(there.version().atLeast(14) ? BYTES : "0::bigint"),
                            CopyWatch::worker),
                    tasks);
        } catch (PgException | ProblemException e) {
            // A server is down, or the queue is just being dropped: there is nothing to see.
            close();
            return Look.NOTHING;
        }
    }

    private static Worker worker(Row row) throws SQLException {
        return new Worker(
                row.integer("pid"),
                !row.text("name").equals(OF_START),
                row.bool("busy"),
                row.real("seconds"),
                row.bigint("bytes"));
    }

    /** Lets both databases go; the next look comes back. */
    @Override
    public void close() {
        if (old != null) {
            old.close();
            old = null;
        }
        if (fresh != null) {
            fresh.close();
            fresh = null;
        }
    }
}
