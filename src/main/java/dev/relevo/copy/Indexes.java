package dev.relevo.copy;

import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlState;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.time.Duration;

/**
 * Builds indexes and constraints on the new server, each in the transaction that marks its task
 * done.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-createindex.html">CREATE INDEX</a>
 */
final class Indexes {
    /** Before it looks for an index of another table; then it comes again. */
    private static final Duration TABLE_PATIENCE = Duration.ofMillis(200);

    /**
     * Memory for one index: a share of what the server takes for its cache, never less than what it
     * is set to, 1 GB at most. Processes that help: what apply workers leave of all background
     * workers, or the last of these may not find one to start with.
     */
    private static final String SIZE =
            """
            SELECT pg_catalog.set_config(n.name, n.value, false)
            FROM (SELECT pg_catalog.max(setting) FILTER (WHERE name = 'effective_cache_size')::int8 * 8 AS cache,
                         pg_catalog.max(setting) FILTER (WHERE name = 'maintenance_work_mem')::int8 AS memory,
                         pg_catalog.max(setting) FILTER (WHERE name = 'max_parallel_workers')::int AS parallel,
                         pg_catalog.max(setting) FILTER (WHERE name = 'max_worker_processes')::int AS processes,
                         pg_catalog.max(setting) FILTER (WHERE name = 'max_logical_replication_workers')::int AS logical
                  FROM pg_catalog.pg_settings) s
            CROSS JOIN LATERAL (VALUES
                ('maintenance_work_mem', greatest(least(s.cache / 8 / ?, 1048576), s.memory) || 'kB'),
                ('max_parallel_workers', greatest(least(s.parallel, s.processes - s.logical - 1), 0)::text)) n (name, value)
            """;

    private Indexes() {}

    /**
     * Sets a worker's session up for them.
     *
     * @param jobs how many workers there are in all
     */
    static void size(Session fresh, int jobs) {
        fresh.query(SIZE, row -> true, jobs);
    }

    /**
     * Takes what CREATE INDEX would wait for however long. In its queue we stand behind an apply
     * worker that waits for another index of the same table, or one that changed a row of this
     * table and waits for one of another.
     *
     * @throws PgException {@code lock_not_available} after {@link #TABLE_PATIENCE}
     */
    static void lock(Session fresh, Task task) {
        fresh.execute(
                "SET LOCAL lock_timeout = '%d ms'; LOCK TABLE ONLY %s IN SHARE MODE; SET LOCAL lock_timeout = 0"
                        .formatted(TABLE_PATIENCE.toMillis(), task.name().sql()));
    }

    /** Builds what belongs to a task. */
    static void build(Session fresh, Task task, int jobs) {
        if (task.kind() != Task.Kind.CHUNK && !task.small()) {
            help(fresh, jobs);
        }
        for (String statement : task.statements()) {
            try {
                fresh.execute(statement);
            } catch (PgException e) {
                if (e.isConnectionLost() || e.is(SqlState.DEADLOCK_DETECTED)) {
                    throw e;
                }
                throw failed(task, statement, e);
            }
        }
    }

    /**
     * Lets the statements of the open transaction build with as many processes as workers of the
     * copy have nothing to do just now; with one besides its own when all are busy, because the
     * biggest index is begun last and all wait for it.
     */
    static void help(Session fresh, int jobs) {
        fresh.text(
                "SELECT pg_catalog.set_config('max_parallel_maintenance_workers', greatest(1, ? - 1"
                        + " - pg_catalog.count(*))::text, true) FROM"
                        + " pg_catalog.pg_stat_activity a WHERE a.datname ="
                        + " pg_catalog.current_database() AND a.state = 'active' AND a.pid <>"
                        + " pg_catalog.pg_backend_pid() AND"
                        + " pg_catalog.starts_with(a.application_name, ?)",
                jobs,
                Workers.PREFIX);
    }

    private static RuntimeException failed(Task task, String statement, PgException e) {
        return new Problem(
                        ExitStatus.FAILED,
                        "index-not-built",
                        "an index or constraint of table "
                                + task.name()
                                + " cannot be made on the new server: "
                                + e.getMessage(),
                        (statement.strip() + "\n" + e.detail()).strip(),
                        "Mend the rows on the old server, run relevo abort, then relevo start.")
                .toException(e);
    }
}
