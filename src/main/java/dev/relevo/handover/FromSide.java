package dev.relevo.handover;

import dev.relevo.catalog.QualifiedName;
import dev.relevo.pg.Lsn;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Row;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlState;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The server that serves now. {@code held} keeps one transaction open from beginning to commit
 * point; {@code free} commits each statement by itself.
 */
final class FromSide implements AutoCloseable {
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(300);

    private final Task task;
    private final Sessions sessions = new Sessions();
    private final Session held;
    private final Session free;
    final DeadMan deadMan;
    final Pulse pulse;
    private final List<Integer> mine = new ArrayList<>();
    private List<Integer> early = List.of();
    private String relations = "";

    FromSide(Task task) {
        this.task = task;
        this.held = open("switch fence", Map.of());
        // What it commits may be undone, so no standby has to have it.
        this.free = open("switch", Map.of("synchronous_commit", "local"));
        this.deadMan = sessions.open(() -> DeadMan.open(task.from().endpoint()), DeadMan::close);
        this.pulse = sessions.open(() -> Pulse.open(task.from().endpoint()), Pulse::close);
        mine.add(pulse.pid());
        mine.addAll(task.sparedOnFrom());
        mine.add(held.pid());
        mine.add(free.pid());
        for (int pid : deadMan.pids()) {
            mine.add(pid);
        }
    }

    private Session open(String purpose, Map<String, String> settings) {
        return sessions.open(
                () -> HandoverSession.open(task.from().endpoint(), purpose, settings),
                Session::close);
    }

    Session free() {
        return free;
    }

    /** Our own backends here, which nobody must send away. */
    List<Integer> mine() {
        return mine;
    }

    /** Runs once, without effect, what will have to be quick later. */
    void warmUpFree() {
        // "<> ALL (null)" is true of nobody, so nobody is sent away.
        awaitStarting();
        drain(null, Duration.ZERO);
        expel(null);
    }

    /**
     * The same for the other session. What it would change it does to our own tables, and takes it
     * back.
     */
    void warmUpHeld(List<String> wayBack) {
        HandoverSession.rehearse(held, wayBack.getFirst());
        held.begin();
        held.text(Script.FENCE_REHEARSAL, wayBack);
        held.rollback();
    }

    /**
     * Begins the transaction that will fence; see {@link TableLocks#quiet}. Behind its locks no
     * table that is there can change any more, so all columns are looked at here, once, and not
     * while clients wait. Returns where the sequences stand; whoever is still here may draw from
     * them.
     *
     * @throws dev.relevo.problem.ProblemException when somebody created, changed or dropped a table
     *     or a sequence since they were listed
     */
    List<SequenceValue> beginQuiet() {
        held.begin();
        TableLocks.quiet(held, task.fenced());
        TableLocks.requireFences(held, task.fenced());
        // First what is looked at again later: what comes between the two is in one of them.
        relations = held.text(Script.RELATIONS_STAMP);
        requireUnchanged(task.schemaStamp(), held.text(Script.SCHEMA_STAMP));
        return held.query(Script.NOTE_SEQUENCES, SequenceValue::of, task.sequenceNames());
    }

    private void requireUnchanged(String before, String now) {
        if (!before.equals(now)) {
            throw new Problem(
                            ExitStatus.ABORTED,
                            "schema-changed",
                            "a table or sequence was changed on the "
                                    + task.from()
                                    + " server while its clients were handed over",
                            "",
                            "Run relevo sync, then the same command again.")
                    .toException();
        }
    }

    void arm(Duration budget) {
        deadMan.arm(Script.watchFrom(held.pid(), free.pid(), deadMan.lockPid()), budget);
    }

    /** From here on new clients find this side read-only, and go to the other one. */
    void readOnly() {
        free.execute(Script.readOnly(task.from().endpoint().database()));
    }

    /**
     * Waits for the sessions that were just starting when this side became read-only: they may have
     * read the setting before. From here on every session is read-only that is not among the early
     * ones.
     */
    void awaitStarting() {
        early = free.query(Script.AWAIT_STARTING, row -> row.integer("pid"));
    }

    /**
     * Sends idle sessions away and waits for the others, for at most {@code slice}.
     *
     * @return how many sessions are left that may write
     */
    int drain(Duration slice) {
        return drain(mine, slice);
    }

    private int drain(@Nullable List<Integer> spared, Duration slice) {
        return free.one(
                Script.DRAIN,
                row -> row.integer("remaining"),
                spared,
                slice.toMillis() + " ms",
                early);
    }

    /** Ends the sessions that are left, whatever they do. Returns how many. */
    int expel() {
        return expel(mine);
    }

    private int expel(@Nullable List<Integer> spared) {
        return free.one(Script.EXPEL, row -> row.integer("ended"), spared, early);
    }

    /** Ends the sessions that are left, then sends a mark; in one message. */
    void expelAndSend(Mark mark) {
        free.text(Script.EXPEL_AND_SEND, mark.id(), mine, early);
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
        try {
            held.execute(lockStatement(task.fenced()));
            return true;
        } catch (PgException e) {
            if (!e.is(SqlState.LOCK_NOT_AVAILABLE) && !e.is(SqlState.DEADLOCK_DETECTED)) {
                throw e;
            }
            held.execute("ROLLBACK TO SAVEPOINT relevo_locks");
            return false;
        }
    }

    /** One message, and so one answer to wait for. */
    static String lockStatement(List<QualifiedName> tables) {
        return TableLocks.behind("relevo_locks", tables, LOCK_TIMEOUT);
    }

    /**
     * With the tables locked, raises the fences, holds the sequences, and records everything else
     * that becomes true at the commit point: this side is fenced, the way back runs, and the other
     * side opens by itself, when the mark arrives, if nobody opens it. All of it in the transaction
     * that the commit point will commit. Returns those of the sequences that do not stand any more
     * where {@link #beginQuiet} found them.
     *
     * @throws dev.relevo.problem.ProblemException when somebody created or dropped a table, or
     *     created, changed or dropped a sequence, since then
     */
    List<SequenceValue> raiseFences(List<String> wayBack, Mark mark) {
        // One message for all: while clients wait, every answer waited for counts.
        List<Fenced> rows =
                held.query(Script.FENCE, Fenced::of, wayBack, mark.id(), task.sequenceNames());
        rows.forEach(row -> row.stamp.ifPresent(now -> requireUnchanged(relations, now)));
        return rows.stream().flatMap(row -> row.moved.stream()).toList();
    }

    /** Where a sequence stands. */
    record SequenceValue(String name, long lastValue, boolean isCalled) {
        static SequenceValue of(Row row) throws SQLException {
            return new SequenceValue(
                    row.text("name"), row.bigint("last_value"), row.bool("is_called"));
        }
    }

    /** One of the two. */
    private record Fenced(Optional<String> stamp, Optional<SequenceValue> moved) {
        static Fenced of(Row row) throws SQLException {
            return row.isNull("stamp")
                    ? new Fenced(Optional.empty(), Optional.of(SequenceValue.of(row)))
                    : new Fenced(Optional.of(row.text("stamp")), Optional.empty());
        }
    }

    /** Sends a mark through every subscription, committed by itself. */
    void send(Mark mark) {
        free.text(Script.SEND, mark.id());
    }

    /**
     * Lets the way back start behind {@code start}, and commits: the commit point. In one message,
     * which the server leaves where something fails.
     *
     * <p>The origins are set besides the slots because a slot that was advanced may stand where it
     * was again after a crash of its server, while the origin's position is in this server's WAL
     * before the commit.
     */
    void commit(List<String> wayBack, Lsn start) {
        held.execute(Script.commitPoint(wayBack, Quote.literal(start.toString())));
    }

    /** Ends the transaction that holds locks and fences, whatever state the session is in. */
    void rollback() {
        try {
            held.rollback();
        } catch (PgException e) {
            held.close();
        }
    }

    /**
     * Leaves every session of ours here at once, from any thread: this server is silent. What waits
     * for an answer fails with {@code why}.
     */
    void abandon(String why) {
        held.abandon(why);
        free.abandon(why);
        deadMan.abandon(why);
    }

    @Override
    public void close() {
        sessions.close();
    }
}
