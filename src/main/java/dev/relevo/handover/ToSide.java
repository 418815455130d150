package dev.relevo.handover;

import static dev.relevo.ledger.OwnTable.STATE;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Lsn;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The server that will serve. {@code gate} keeps one transaction open until the side opens; {@code
 * free} commits each statement by itself, and while the gate is shut runs only what it has run
 * before.
 */
final class ToSide implements AutoCloseable {
    /** So long a statement that waits inside the server goes without a look at our own limits. */
    private static final Duration WAIT_SLICE = Duration.ofMillis(250);

    private final Task task;
    private final Sessions sessions = new Sessions();
    private final Session gate;
    private final Session free;
    final DeadMan deadMan;
    final Pulse pulse;
    final Keeper keeper;
    private final ServerClock clock;
    private final List<Session> quiet = new CopyOnWriteArrayList<>();
    private CompletableFuture<Lsn> barrier = CompletableFuture.completedFuture(new Lsn(0));
    private List<Integer> workers = List.of();
    private volatile boolean undone;

    ToSide(Task task) {
        this.task = task;
        this.gate = open("switch gate", task.to().endpoint(), Map.of());
        // What it commits may be undone, so no standby has to have it.
        this.free = open("switch", task.to().endpoint(), Map.of("synchronous_commit", "local"));
        this.deadMan = sessions.open(() -> DeadMan.open(task.to().endpoint()), DeadMan::close);
        this.pulse = sessions.open(() -> Pulse.open(task.to().endpoint()), Pulse::close);
        this.keeper = sessions.open(() -> Keeper.open(task.to().endpoint()), Keeper::close);
        this.clock = sessions.open(() -> ServerClock.of(free), _ -> {});
    }

    private Session open(String purpose, Endpoint endpoint, Map<String, String> settings) {
        return sessions.open(
                () -> HandoverSession.open(endpoint, purpose, settings), Session::close);
    }

    Session free() {
        return free;
    }

    void readWrite() {
        free.execute(Script.readWrite(task.to().endpoint().database()));
    }

    /**
     * Takes everybody's privileges on the users' schemas away, until the gate's transaction
     * commits.
     */
    void closeSchemas() {
        free.text(Script.CLOSE_SCHEMAS);
    }

    void openSchemas() {
        free.text(Script.OPEN_SCHEMAS);
    }

    /**
     * Flushes this server's write-ahead log. Run once before the gate is shut, so that it needs no
     * look-up behind it.
     */
    void flushLog() {
        free.text(Script.FLUSH_LOG);
    }

    void arm(Duration budget) {
        // A coordinator that is frozen holds the gate no longer than that, whatever else fails.
        gate.set("idle_in_transaction_session_timeout", budget.toMillis() + "ms");
        deadMan.announceWork();
        deadMan.arm(Script.watchTo(gate.pid(), free.pid(), deadMan.lockPid()), budget);
    }

    /**
     * Begins the gate's transaction: VACUUM, ANALYZE and DDL on the tables wait; replication does
     * not. In it, gives the sequences their bounds back and sets them to where they stand so far,
     * so that only those that move are left for later. The bounds come with the opening or not at
     * all; the values stay, nobody can draw them here, and the next handover sets them again.
     */
    void beginQuiet(List<String> forward, List<FromSide.SequenceValue> sequences) {
        hasBeenTold(forward);
        gate.query("SELECT FROM relevo.marks, " + STATE + " LIMIT 1", row -> true);
        HandoverSession.rehearse(gate, forward.getFirst());
        gate.begin();
        TableLocks.quiet(gate, task.fenced());
        TableLocks.requireFences(gate, task.fenced());
        gate.text(
                Script.GIVE_BACK_SEQUENCES); // else they take no value beyond where they were held
        setval(sequences);
    }

    /**
     * Keeps every catalog, here and in the other databases, from being vacuumed: that removes the
     * file from which a new backend reads its first relations, and a backend without it opens every
     * catalog, so it would wait at the gate while it connects.
     */
    void quietCatalogs() {
        gate.execute(Catalogs.lockStatement(gate, true));
        for (String database : Catalogs.otherDatabases(gate)) {
            Session session =
                    open("switch quiet", task.to().endpoint().withDatabase(database), Map.of());
            quiet.add(session);
            session.begin();
            session.execute(Catalogs.lockStatement(session, false));
        }
    }

    /**
     * Shuts the gate: whoever connects from now on waits at the first statement that names
     * anything. The privileges come back in the same transaction, so whoever waited may go on when
     * it commits. The keeper stands in the queue when this returns.
     */
    void shut(Duration patience, Mark fenced) {
        gate.text(Script.OPEN_SCHEMAS);
        gate.execute(Script.BEFORE_GATE);
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            while (!Catalogs.initFilesExist(gate)) {
                task.to().open("switch init file").close();
                Catalogs.requireTime(deadline);
            }
            gate.execute(Script.SHUT_GATE);
            if (Catalogs.initFilesExist(gate)) {
                keeper.begin(gate, deadMan.lockPid(), fenced);
                return;
            }
            gate.execute("ROLLBACK TO SAVEPOINT relevo_gate"); // nobody has been sent here yet
            Catalogs.requireTime(deadline);
        }
    }

    /** Sets these sequences, durably, whether the gate's transaction commits or not. */
    void setSequences(List<FromSide.SequenceValue> values) {
        if (values.isEmpty()) {
            return;
        }
        setval(values);
        flushLog(); // setval is not part of any transaction: nothing else would flush it
    }

    private void setval(List<FromSide.SequenceValue> values) {
        gate.query(
                Script.SET_SEQUENCES,
                row -> true,
                values.stream().map(FromSide.SequenceValue::name).toList(),
                values.stream().map(FromSide.SequenceValue::lastValue).toList(),
                values.stream().map(FromSide.SequenceValue::isCalled).toList());
    }

    /**
     * Waits until the mark is here and everything before it is on the disk, and moves the slot of
     * the way back behind it. Done inside the server, whose answer alone is waited for.
     *
     * @return where the way back begins
     * @throws dev.relevo.problem.ProblemException after {@link Limits#catchUp()}
     */
    Lsn await(Mark mark, Directions directions, Limits limits) {
        return await(gate, mark, directions, limits);
    }

    Lsn await(Session session, Mark mark, Directions directions, Limits limits) {
        return await(Script.AWAIT, session, mark, directions, limits);
    }

    private Lsn await(
            String sql, Session session, Mark mark, Directions directions, Limits limits) {
        long deadline = System.nanoTime() + limits.catchUp().toNanos();
        while (true) {
            Optional<Lsn> reached =
                    session.one(
                            sql,
                            row ->
                                    row.isNull("lsn")
                                            ? Optional.empty()
                                            : Optional.of(row.lsn("lsn")),
                            mark.id(),
                            directions.forwardSubscriptions(),
                            directions.wayBackSlots(),
                            WAIT_SLICE.toMillis() + " ms");
            if (reached.isPresent()) {
                return reached.get();
            }
            if (System.nanoTime() > deadline || undone) {
                throw Mark.overdue(task, limits);
            }
            if (session == gate) {
                requireWorkers();
            }
        }
    }

    /** Remembers the apply workers that have been warmed up. */
    void noteWorkers(List<String> forward) {
        workers = free.query(Script.WORKERS, row -> row.integer("pid"), forward);
    }

    /**
     * Clients wait: not for an apply worker that has ended and is started again in seconds, and not
     * for one that was started behind the gate, since that one waits at the gate itself.
     */
    private void requireWorkers() {
        if (gate.exists(Script.ONE_HAS_ENDED, workers)) {
            throw Mark.lost(task);
        }
    }

    /**
     * Begins {@link #await} in the gate's session, and returns at once. Behind it, in the same
     * message, goes everything that becomes true here when the gate's transaction commits.
     */
    void beginBarrier(Mark mark, Directions directions, Limits limits) {
        barrier = Both.begin(() -> await(Script.PASS_BARRIER, gate, mark, directions, limits));
    }

    /** Waits for the end of {@link #beginBarrier}; it throws what {@link #await} throws. */
    Lsn awaitBarrier() {
        return Both.await(barrier);
    }

    void commit() {
        gate.commit();
    }

    /**
     * When the clients could go on, by this server: its answer may reach us late, since everybody
     * who waited goes on at the same moment.
     */
    long openedAt() {
        return keeper.opened()
                .map(clock::here)
                .orElseGet(() -> clock.stateChange(free, gate.pid()));
    }

    /**
     * Ends the gate's transaction; waits for the end of the barrier first, which is in its session,
     * for at most the quarter second of a slice. The keeper then has the watchdog send the clients
     * away, and opens the gate; nobody who waits there goes on before.
     */
    void rollback() {
        undone = true;
        barrier.handle((_, _) -> true).join();
        try {
            gate.rollback();
        } catch (PgException e) {
            gate.close();
        }
        keeper.await(Duration.ofSeconds(15));
        quiet.forEach(Session::close);
    }

    /**
     * Whether the mark of the commit point has arrived here, of which there is no other sign while
     * the gate is shut: the worker that applies it holds a lock of ours, and waits for the gate's
     * transaction. Has to run once before the gate is shut.
     */
    boolean hasBeenTold(List<String> forward) {
        return free.exists(Script.MARK_WAITS, forward);
    }

    /** Lets {@link #await} end within a quarter of a second, from any thread. */
    void interrupt() {
        undone = true;
    }

    /**
     * Leaves every session of ours here at once, from any thread: this server is silent. What waits
     * for an answer fails with {@code why}.
     */
    void abandon(String why) {
        undone = true;
        gate.abandon(why);
        free.abandon(why);
        deadMan.abandon(why);
        keeper.abandon(why);
        quiet.forEach(session -> session.abandon(why));
    }

    @Override
    public void close() {
        sessions.close();
    }
}
