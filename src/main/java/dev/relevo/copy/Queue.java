package dev.relevo.copy;

import static dev.relevo.ledger.OwnTable.AFTER_DATA;
import static dev.relevo.ledger.OwnTable.COPY_STATE;
import static dev.relevo.ledger.OwnTable.COPY_TABLE;
import static dev.relevo.ledger.OwnTable.COPY_TASK;

import dev.relevo.catalog.QualifiedName;
import dev.relevo.catalog.Table;
import dev.relevo.ledger.OwnTable;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Row;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The tasks of a copy, in tables of schema {@code relevo} on the new server. A task is marked done
 * in the transaction that does it, so whoever dies leaves it either undone or done.
 */
final class Queue {
    /** Eight rounds for each worker even the load out; smaller pieces than this do not pay. */
    private static final int ROUNDS = 8;

    private static final long SMALLEST_CHUNK = 16L << 20;
    private static final long BIGGEST_CHUNK = 512L << 20;

    /**
     * Below this a table is one task, indexes and all: more tasks would cost more than they save.
     */
    static final long SMALL = 4L << 20;

    /**
     * So many small tables are done together at most: locks are few, and so is what a loss costs.
     */
    private static final int TOGETHER = 32;

    static final String DROP =
            "DROP TABLE IF EXISTS " + COPY_STATE + ", " + COPY_TASK + ", " + COPY_TABLE;

    private Queue() {}

    /** What can be told of a copy at a moment; sizes in bytes of the old server's tables. */
    record Progress(
            long bytes,
            long bytesDone,
            int chunksLeft,
            int indexes,
            int indexesDone,
            int tables,
            int tablesDone) {
        boolean complete() {
            return chunksLeft == 0 && indexes == indexesDone;
        }
    }

    /** A table as the snapshot and the disk have it. */
    record Source(
            QualifiedName name,
            long oid,
            long filenode,
            long bytes,
            long total,
            long estimate,
            Optional<QualifiedName> root) {
        static Source of(Row row) throws SQLException {
            Optional<QualifiedName> root =
                    row.textOrNull("root_name") == null
                            ? Optional.empty()
                            : Optional.of(
                                    new QualifiedName(
                                            row.text("root_schema"), row.text("root_name")));
            return new Source(
                    new QualifiedName(row.text("schema"), row.text("name")),
                    row.bigint("oid"),
                    row.bigint("filenode"),
                    row.bigint("bytes"),
                    row.bigint("total"),
                    row.bigint("estimate"),
                    root);
        }
    }

    static boolean exists(Session fresh) {
        return fresh.exists(
                "SELECT WHERE pg_catalog.to_regclass('" + COPY_STATE + "') IS NOT NULL");
    }

    /** Whether the queue belongs to this copy. */
    static boolean isOf(Session fresh, String copy) {
        return exists(fresh) && fresh.exists("SELECT FROM " + COPY_STATE + " WHERE copy = ?", copy);
    }

    /** Whether all data of this copy are on the new server for good. */
    static boolean isLoaded(Session fresh, String copy) {
        return isOf(fresh, copy)
                && fresh.exists("SELECT FROM " + COPY_STATE + " WHERE loaded IS NOT NULL");
    }

    static Progress progress(Session fresh) {
        return fresh.one(
                OwnTable.load(Queue.class, "progress"),
                row ->
                        new Progress(
                                row.bigint("bytes"),
                                row.bigint("bytes_done"),
                                row.integer("chunks_left"),
                                row.integer("indexes"),
                                row.integer("indexes_done"),
                                row.integer("tables"),
                                row.integer("tables_done")));
    }

    /** The tables whose rows were all copied; a tree that was loaded through its root, too. */
    static Set<QualifiedName> copied(Session fresh) {
        return exists(fresh)
                ? new TreeSet<>(
                        fresh.query(
                                OwnTable.load(Queue.class, "copied"),
                                row -> new QualifiedName(row.text("schema"), row.text("name"))))
                : Set.of();
    }

    /**
     * Tables that were rewritten since the snapshot and are not ours to copy, as TRUNCATE takes
     * them; of a tree that is loaded through its root, that root.
     */
    private static List<String> leftOut(Session fresh) {
        return fresh.query(
                "SELECT DISTINCT CASE root WHEN '' THEN 'ONLY ' || pg_catalog.format('%I.%I', schema,"
                        + " name) ELSE root END AS what FROM "
                        + COPY_TABLE
                        + " WHERE left_out ORDER BY 1",
                row -> row.text("what"));
    }

    /**
     * Makes the queue for a snapshot, and empties the tables that another copy had begun to fill.
     * One transaction on the new server but for the emptying, which goes table by table.
     *
     * @param tables what is to be copied; those that the snapshot does not know are passed over
     * @param roots of those leaves of partition trees that are loaded through them
     */
    static void make(
            Endpoint oldServer,
            Session fresh,
            Snapshots.Source snapshot,
            List<Table> tables,
            Map<QualifiedName, QualifiedName> roots,
            int jobs) {
        List<Source> sources;
        Set<Long> rewritten;
        Map<Long, KeyRange> keys;
        boolean utf8;
        boolean byBlock;
        try (Session old = oldServer.open("copy plan")) {
            byBlock = old.version().atLeast(14);
            utf8 =
                    old.text("SHOW server_encoding").equals("UTF8")
                            && fresh.text("SHOW server_encoding").equals("UTF8");
            old.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
            old.execute("SET TRANSACTION SNAPSHOT " + Quote.literal(snapshot.id()));
            sources = old.query(SqlFile.load(Queue.class, "source_tables"), Source::of);
            keys = byBlock ? Map.of() : KeyRange.read(old);
            // Behind the sizes: who has the same file now had it when its size was read.
            rewritten =
                    new HashSet<>(
                            old.query(
                                    "SELECT c.oid::bigint AS oid FROM pg_catalog.pg_class c WHERE"
                                            + " c.relkind = 'r' AND pg_catalog.pg_relation_filenode"
                                            + "(c.oid) IS DISTINCT FROM c.relfilenode",
                                    row -> row.bigint("oid")));
            old.execute("COMMIT");
        }
        Map<QualifiedName, Table> wanted = new HashMap<>();
        tables.forEach(table -> wanted.put(table.name(), table));
        // A partition that came in the last moment: its rows are copied with all others of the
        // tree.
        Set<QualifiedName> incomplete = new HashSet<>();
        sources.stream()
                .filter(source -> !wanted.containsKey(source.name()))
                .forEach(source -> source.root().ifPresent(incomplete::add));
        sources.removeIf(source -> !wanted.containsKey(source.name()));
        empty(fresh, sources);
        long total = sources.stream().mapToLong(Source::total).sum();
        long chunk = Math.clamp(total / ((long) jobs * ROUNDS), SMALLEST_CHUNK, BIGGEST_CHUNK);
        QueueRows rows = new QueueRows(utf8, byBlock, chunk);
        for (Source source : sources) {
            Optional<QualifiedName> root = Optional.ofNullable(roots.get(source.name()));
            rows.add(
                    source,
                    java.util.Objects.requireNonNull(wanted.get(source.name())),
                    keys.get(source.oid()),
                    rewritten.contains(source.oid())
                            || root.filter(incomplete::contains).isPresent(),
                    root.map(QualifiedName::sql).orElse(""));
        }
        fresh.transaction(() -> {
            fresh.execute(OwnTable.load(Queue.class, "queue"));
            rows.insert(fresh);
            fresh.update(OwnTable.load(Queue.class, "small_tables"));
            fresh.update(OwnTable.load(Queue.class, "index_tasks"), rows.chunks());
            fresh.execute(
                    "UPDATE "
                            + COPY_TABLE
                            + " b SET keys = true WHERE EXISTS (SELECT FROM "
                            + COPY_TASK
                            + " t WHERE t.table_id = b.id AND t.kind = 'key')");
            fresh.update("INSERT INTO " + COPY_STATE + " (copy) VALUES (?)", snapshot.copy());
            spread(fresh);
        });
        fresh.execute(
                "ANALYZE " + COPY_TASK + "; ANALYZE " + COPY_TABLE + "; ANALYZE " + AFTER_DATA);
    }

    private static void empty(Session fresh, List<Source> sources) {
        Set<QualifiedName> filled =
                new HashSet<>(
                        fresh.query(
                                "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN"
                                        + " pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                                        + " WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND"
                                        + " c.oid >= 16384 AND pg_catalog.pg_relation_size(c.oid)"
                                        + " > 0",
                                row ->
                                        new QualifiedName(
                                                row.text("nspname"), row.text("relname"))));
        sources.stream()
                .map(Source::name)
                .filter(filled::contains)
                .forEach(name -> fresh.execute("TRUNCATE ONLY " + name.sql()));
    }

    /**
     * Takes the biggest task nobody is at, for the transaction that is open, first of those that
     * following waits for; a small table's together with others of that kind, as many as leave
     * enough for other workers.
     *
     * @param busy tables whose indexes are to be passed over
     */
    static List<Task> take(Session fresh, int jobs, Set<Integer> busy) {
        Optional<Task> first =
                fresh.first(OwnTable.load(Queue.class, "take"), Task::of, List.copyOf(busy));
        if (first.isEmpty() || !first.get().small()) {
            return first.stream().toList();
        }
        long size = Math.max(first.get().bytes(), 1);
        List<Task> tasks = new ArrayList<>(List.of(first.get()));
        tasks.addAll(
                fresh.query(
                        OwnTable.load(Queue.class, "take_small"),
                        Task::of,
                        first.get().id(),
                        Math.clamp(2 * SMALL / size, 1, TOGETHER) - 1,
                        2 * jobs));
        return tasks;
    }

    /** Whether anything is left that is not done, be somebody at it or not. */
    static boolean isAnythingLeft(Session fresh) {
        return fresh.exists("SELECT FROM " + COPY_TASK + " WHERE NOT done LIMIT 1");
    }

    /** Whether something is not done without which a table cannot be followed. */
    static boolean isAnythingAwaited(Session fresh) {
        return fresh.exists("SELECT FROM " + COPY_TASK + " WHERE NOT done AND awaited LIMIT 1");
    }

    /** Makes durable what is seen to be done: a commit flushes all that was committed before. */
    static void flush(Session fresh) {
        fresh.set("synchronous_commit", "on");
        fresh.text("SELECT pg_catalog.pg_logical_emit_message(true, 'relevo', 'flush')");
    }

    /**
     * Marks tasks done, in the transaction that did them; small tables have one each.
     *
     * @param rows how many were loaded, for each of them
     */
    static void done(Session fresh, List<Task> tasks, List<Long> rows) {
        List<Integer> ids = tasks.stream().map(Task::id).toList();
        fresh.update(
                "UPDATE "
                        + COPY_TASK
                        + " t SET done = true, rows = u.rows, begun ="
                        + " pg_catalog.now(), ended = pg_catalog.clock_timestamp(), worker ="
                        + " pg_catalog.current_setting('application_name') FROM ROWS FROM"
                        + " (unnest(?::int[], ?::int8[])) AS u (id, rows) WHERE t.id = u.id",
                ids,
                rows);
        fresh.update(
                "UPDATE "
                        + COPY_TABLE
                        + " b SET chunks = b.chunks - (t.kind = 'chunk')::int, keys ="
                        + " b.keys AND t.kind <> 'key' FROM "
                        + COPY_TASK
                        + " t WHERE t.id = ANY (?)"
                        + " AND b.id = t.table_id AND t.kind <> 'index'",
                ids);
        if (tasks.stream().anyMatch(task -> !task.statements().isEmpty())) {
            fresh.update(
                    "UPDATE "
                            + AFTER_DATA
                            + " SET done = true WHERE id = ANY (SELECT"
                            + " pg_catalog.unnest(t.entries) FROM "
                            + COPY_TASK
                            + " t WHERE t.id ="
                            + " ANY (?))",
                    ids);
        }
    }

    /** What was done by workers of a name. */
    static JoinCopy.Share share(Session fresh, String worker) {
        return fresh.one(
                "SELECT pg_catalog.count(*) FILTER (WHERE t.kind = 'chunk') AS chunks,"
                        + " coalesce(pg_catalog.sum(pg_catalog.cardinality(t.entries)), 0) AS"
                        + " indexes, coalesce(pg_catalog.sum(t.rows), 0)::bigint AS rows,"
                        + " coalesce(pg_catalog.sum(t.bytes) FILTER (WHERE t.kind = 'chunk'), 0)"
                        + "::bigint AS bytes FROM "
                        + COPY_TASK
                        + " t WHERE t.worker = ?",
                row ->
                        new JoinCopy.Share(
                                row.integer("chunks"),
                                row.integer("indexes"),
                                row.bigint("rows"),
                                row.bigint("bytes")),
                worker);
    }

    /**
     * Leaves a table to others, in the transaction that found that it is another one now. Its
     * indexes come before it is followed: an empty table's are built at once, and whoever copies it
     * then would be in their way for as long as that takes.
     */
    static void leaveOut(Session fresh, Task task) {
        if (!task.root().isEmpty()) {
            // In one order, whichever leaf somebody comes to first.
            fresh.query(
                    "SELECT id FROM " + COPY_TABLE + " WHERE root = ? ORDER BY id FOR UPDATE",
                    row -> row.integer("id"),
                    task.root());
        }
        fresh.update("UPDATE " + COPY_TABLE + " SET left_out = true WHERE id = ?", task.table());
        spread(fresh);
        fresh.update(
                "UPDATE "
                        + COPY_TASK
                        + " SET awaited = true WHERE table_id = ANY (SELECT id FROM "
                        + COPY_TABLE
                        + " WHERE left_out) AND kind = 'index' AND NOT awaited");
    }

    /** Of a tree that is loaded through its root all is left out, or nothing. */
    private static void spread(Session fresh) {
        fresh.update(
                "UPDATE "
                        + COPY_TABLE
                        + " b SET left_out = true WHERE b.root <> '' AND NOT b.left_out AND b.root"
                        + " IN (SELECT o.root FROM "
                        + COPY_TABLE
                        + " o WHERE o.left_out)");
    }

    /**
     * Makes everything durable that workers committed asynchronously, and notes that the data are
     * there. What was loaded of tables that are left out goes. Nothing, when that is noted already.
     */
    static void loaded(Session fresh) {
        if (fresh.exists("SELECT FROM " + COPY_STATE + " WHERE loaded IS NOT NULL")) {
            return;
        }
        for (String what : leftOut(fresh)) {
            fresh.execute("TRUNCATE " + what);
        }
        fresh.set("synchronous_commit", "on");
        fresh.update(
                "UPDATE "
                        + COPY_STATE
                        + " SET loaded = pg_catalog.clock_timestamp() WHERE loaded IS"
                        + " NULL");
    }
}
