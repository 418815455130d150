package dev.relevo.handover;

import dev.relevo.pg.Lsn;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlState;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The server that serves now. {@code held} keeps one transaction open from beginning to commit
 * point; {@code free} commits each statement by itself.
 */
final class FromSide implements AutoCloseable {
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(300);

    private final Task task;
    private final Session held;
    private final Session free;
    final DeadMan deadMan;
    private final List<Integer> mine = new ArrayList<>();
    private String readOnlySince = "infinity";

    FromSide(Task task) {
        this.task = task;
        this.held = HandoverSession.open(task.from(), "switch fence", Map.of());
        this.free = HandoverSession.open(task.from(), "switch", Map.of());
        this.deadMan = DeadMan.open(task.from());
        mine.addAll(task.sparedOnFrom());
        mine.add(held.pid());
        mine.add(free.pid());
        for (int pid : deadMan.pids()) {
            mine.add(pid);
        }
    }

    Session free() {
        return free;
    }

    /** Our own backends here, which nobody must send away. */
    List<Integer> mine() {
        return mine;
    }

    /** Runs once, without effect, what will have to be quick later. */
    void warmUp() {
        // "<> ALL (null)" is true of nobody, so nobody is sent away.
        free.text("SELECT relevo.await_starting()");
        free.text("SELECT relevo.drain(NULL::int[], '0', 'epoch')");
        free.text("SELECT relevo.expel(NULL::int[], 'epoch')");
        held.text("SELECT relevo.set_fences(false)");
        Task.stamp(held);
        held.query(
                "SELECT name FROM relevo.sequence_values(?::text[])",
                row -> row.text("name"),
                task.sequenceNames());
    }

    /** Begins the transaction that will fence; see {@link TableLocks#quiet}. */
    void beginQuiet() {
        held.begin();
        TableLocks.quiet(held, task.fenced());
    }

    void arm(Duration budget) {
        deadMan.arm(
                held.pid(),
                """
                IF EXISTS (SELECT FROM relevo.state s WHERE s.status = 'fenced') THEN
                    RETURN;
                END IF;
                PERFORM pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a
                    WHERE a.pid IN (%d, %d, %d) AND a.application_name LIKE 'relevo %%';
                FOR i IN 1..5000 LOOP  -- what they were doing must have ended, one way or the other
                    PERFORM pg_catalog.pg_stat_clear_snapshot();
                    EXIT WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_stat_get_activity(NULL) a WHERE a.pid IN (%d, %d));
                    PERFORM pg_catalog.pg_sleep(0.001);
                END LOOP;
                LOCK TABLE relevo.state IN EXCLUSIVE MODE;  -- behind a COMMIT that is under way
                IF NOT EXISTS (SELECT FROM relevo.state s WHERE s.status = 'fenced') THEN
                    EXECUTE pg_catalog.format('ALTER DATABASE %%I RESET default_transaction_read_only',
                                              pg_catalog.current_database());
                END IF;
                """
                        .formatted(
                                held.pid(), free.pid(), deadMan.lockPid(), held.pid(), free.pid()),
                budget);
    }

    /** From here on new clients find this side read-only, and go to the other one. */
    void readOnly() {
        free.execute(
                "ALTER DATABASE "
                        + Quote.ident(task.from().database())
                        + " SET default_transaction_read_only = on");
    }

    /**
     * Waits for the sessions that were just starting when this side became read-only: they may have
     * read the setting before. From here on every new session is read-only.
     */
    void awaitStarting() {
        readOnlySince = free.text("SELECT relevo.await_starting()");
    }

    /**
     * Sends idle sessions away and waits for the others, for at most {@code slice}.
     *
     * @return how many sessions are left that may write
     */
    int drain(Duration slice) {
        return free.one(
                "SELECT relevo.drain(?::int[], ?::interval, ?::timestamptz) AS remaining",
                row -> row.integer("remaining"),
                mine,
                slice.toMillis() + " ms",
                readOnlySince);
    }

    /** Ends the sessions that are left, whatever they do. Returns how many. */
    int expel() {
        return free.one(
                "SELECT relevo.expel(?::int[], ?::timestamptz) AS ended",
                row -> row.integer("ended"),
                mine,
                readOnlySince);
    }

    /** One line for each session that keeps the drain from ending. */
    List<String> blockers() {
        return Blockers.describe(free, mine);
    }

    /**
     * Takes EXCLUSIVE on every table: whoever still writes is waited for, readers are not
     * disturbed. Waiting writers queue behind us for at most 300 ms, then we let them through.
     *
     * @return false when the locks were not to be had this time
     */
    boolean tryLockTables() {
        held.execute("SAVEPOINT relevo_locks");
        try {
            TableLocks.lock(held, task.fenced(), "EXCLUSIVE", LOCK_TIMEOUT);
            return true;
        } catch (PgException e) {
            if (!e.is(SqlState.LOCK_NOT_AVAILABLE) && !e.is(SqlState.DEADLOCK_DETECTED)) {
                throw e;
            }
            held.execute("ROLLBACK TO SAVEPOINT relevo_locks");
            return false;
        }
    }

    /**
     * Raises the fences and holds the sequences, in the transaction that the commit point will
     * commit.
     */
    void raiseFences() {
        // One message for both: while clients wait, every answer waited for counts.
        held.query(
                "SELECT relevo.set_fences(true), relevo.hold_sequences(?::text[])",
                row -> true,
                task.sequenceNames());
    }

    /** With the tables locked: nobody created, changed or dropped one since they were listed. */
    void requireSameSchema() {
        if (!Task.stamp(held).equals(task.schemaStamp())) {
            throw new Problem(
                            ExitStatus.ABORTED,
                            "schema-changed",
                            "a table or sequence was changed on the "
                                    + task.fromSide()
                                    + " server while its clients were handed over",
                            "",
                            "Make the same change on the other server, then run the same command again.")
                    .toException();
        }
    }

    /** Where a sequence stands. */
    record SequenceValue(String name, long lastValue, boolean isCalled) {}

    List<SequenceValue> sequenceValues() {
        if (task.sequences().isEmpty()) {
            return List.of();
        }
        return held.query(
                "SELECT name, last_value, is_called FROM relevo.sequence_values(?::text[])",
                row ->
                        new SequenceValue(
                                row.text("name"), row.bigint("last_value"), row.bool("is_called")),
                task.sequenceNames());
    }

    /** Sends a mark through replication, committed by itself. */
    void send(String nonce) {
        free.update("INSERT INTO " + task.nonceTable() + " (id) VALUES (?)", nonce);
    }

    /**
     * Records everything that becomes true at the commit point: this side is fenced, the way back
     * runs and starts behind {@code start}, and the other side opens by itself if nobody opens it.
     *
     * <p>The origin is set besides the slot because a slot that was advanced may stand where it was
     * again after a crash of its server, while the origin's position is in this server's WAL before
     * the commit.
     */
    void makeReady(String wayBack, Lsn start, String fencedNonce) {
        held.execute(
                """
                SELECT pg_catalog.pg_replication_origin_advance('pg_' || s.oid, %s::pg_lsn)
                FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
                WHERE d.datname = pg_catalog.current_database() AND s.subname = %s;
                ALTER SUBSCRIPTION %s ENABLE;
                UPDATE relevo.state SET status = 'fenced', since = pg_catalog.clock_timestamp();
                INSERT INTO %s (id) VALUES (%s)
                """
                        .formatted(
                                Quote.literal(start.toString()),
                                Quote.literal(wayBack),
                                Quote.ident(wayBack),
                                task.nonceTable(),
                                Quote.literal(fencedNonce)));
    }

    void commit() {
        held.commit();
    }

    /** Ends the transaction that holds locks and fences, whatever state the session is in. */
    void rollback() {
        try {
            held.rollback();
        } catch (PgException e) {
            held.close();
        }
    }

    @Override
    public void close() {
        held.close();
        free.close();
        deadMan.close();
    }
}
