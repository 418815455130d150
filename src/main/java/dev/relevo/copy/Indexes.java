package dev.relevo.copy;

import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlState;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

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
     * Processes that may help with an index in all: what apply workers leave of the background
     * workers, or the last of these may not find one to start with.
     */
    private static final String HELPERS =
            """
            SELECT pg_catalog.set_config('max_parallel_workers',
                greatest(least(s.parallel, s.processes - s.logical - 1), 0)::text, false)
            FROM (SELECT pg_catalog.max(setting) FILTER (WHERE name = 'max_parallel_workers')::int AS parallel,
                         pg_catalog.max(setting) FILTER (WHERE name = 'max_worker_processes')::int AS processes,
                         pg_catalog.max(setting) FILTER (WHERE name = 'max_logical_replication_workers')::int AS logical
                  FROM pg_catalog.pg_settings) s
            """;

    /**
     * Processes that help with one index: as many as workers of the copy have nothing to do.
     *
     * <p>Memory, in kB, is never less than what the server is set to, and else not more than these
     * workers' share of an eighth of its cache. A B-tree takes of that what its sort merges in one
     * pass with, by buffers of 256 kB, and 32 MB for each process, below which PostgreSQL starts
     * fewer; with more than that the sort does not get faster, because it leaves the processors'
     * caches and touches new pages. Others take all of it, up to 1 GB.
     */
    private static final String HELP =
            """
            SELECT pg_catalog.set_config('max_parallel_maintenance_workers', (w.number - 1)::text, true),
                   pg_catalog.set_config('maintenance_work_mem', greatest(s.memory, least(w.number * s.cache / 8 / ?,
                       CASE WHEN ? THEN greatest(w.number * 32768, pg_catalog.sqrt(?::float8 / 1024 * 256 * w.number))
                            ELSE 1048576 END))::bigint || 'kB', true)
            FROM (SELECT greatest(2, ? - pg_catalog.count(*)) AS number
                  FROM pg_catalog.pg_stat_activity a
                  WHERE a.datname = pg_catalog.current_database() AND a.state = 'active'
                    AND a.pid <> pg_catalog.pg_backend_pid() AND pg_catalog.starts_with(a.application_name, ?)) w
            CROSS JOIN (SELECT pg_catalog.max(setting) FILTER (WHERE name = 'effective_cache_size')::int8 * 8 AS cache,
                               pg_catalog.max(reset_val) FILTER (WHERE name = 'maintenance_work_mem')::int8 AS memory
                        FROM pg_catalog.pg_settings) s
            """;

    private static final Pattern NO_BTREE = Pattern.compile(" USING (?!btree)");

    private Indexes() {}

    /** Sets a worker's session up for them. */
    static void prepare(Session fresh) {
        fresh.query(HELPERS, row -> true);
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
            help(fresh, jobs, task.bytes(), sorts(task.statements()));
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
     * copy have nothing to do just now, and with their memory; with one process besides its own
     * when all are busy, because the biggest index is begun last and all wait for it.
     *
     * @param jobs how many workers there are in all
     * @param bytes of the table
     * @param sorts whether all of them are B-trees
     */
    static void help(Session fresh, int jobs, long bytes, boolean sorts) {
        fresh.query(HELP, row -> true, jobs, sorts, bytes, jobs, Workers.PREFIX);
    }

    /** A literal with such words in it costs memory that was not needed. */
    static boolean sorts(List<String> statements) {
        return statements.stream().noneMatch(NO_BTREE.asPredicate());
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
