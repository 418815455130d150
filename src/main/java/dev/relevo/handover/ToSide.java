package dev.relevo.handover;

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
    private final ServerClock clock;
    private final List<Session> quiet = new CopyOnWriteArrayList<>();
    private CompletableFuture<Lsn> barrier = CompletableFuture.completedFuture(new Lsn(0));
    private volatile boolean undone;

    ToSide(Task task) {
        this.task = task;
        this.gate = open("switch gate", task.to());
        this.free = open("switch", task.to());
        this.deadMan = sessions.open(() -> DeadMan.open(task.to()), DeadMan::close);
        this.pulse = sessions.open(() -> Pulse.open(task.to()), Pulse::close);
        this.clock = sessions.open(() -> ServerClock.of(free), _ -> {});
    }

    private Session open(String purpose, Endpoint endpoint) {
        return sessions.open(
                () -> HandoverSession.open(endpoint, purpose, Map.of()), Session::close);
    }

    Session free() {
        return free;
    }

    /** Keeps clients with several hosts away; harmless for those that are connected. */
    void readOnly() {
        free.execute(Script.readOnly(task.to().database()));
    }

    void readWrite() {
        free.execute(Script.readWrite(task.to().database()));
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
        deadMan.arm(gate.pid(), deadManActs(gate.pid(), free.pid(), deadMan.lockPid()), budget);
    }

    /** What the dead-man does with these backends of ours gone, or ended by it. */
    static String deadManActs(Object gate, Object free, Object lock) {
        return """
        IF EXISTS (SELECT FROM relevo.state s WHERE s.status = 'open') THEN
            RETURN;
        END IF;
        PERFORM pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a
            WHERE a.application_name LIKE 'relevo %%'
              AND (a.pid IN (%s, %s, %s) OR a.application_name = 'relevo switch quiet');
        FOR i IN 1..5000 LOOP  -- what they were doing must have ended, one way or the other
            PERFORM pg_catalog.pg_stat_clear_snapshot();
            EXIT WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_stat_get_activity(NULL) a WHERE a.pid IN (%s, %s));
            PERFORM pg_catalog.pg_sleep(0.001);
        END LOOP;
        -- If the other side is fenced already, that commit is about to arrive and open this one.
        PERFORM pg_catalog.pg_sleep(0.1);
        LOCK TABLE relevo.state IN EXCLUSIVE MODE;
        IF EXISTS (SELECT FROM relevo.state s WHERE s.status = 'open') THEN
            RETURN;
        END IF;
        EXECUTE pg_catalog.format('ALTER DATABASE %%I SET default_transaction_read_only = on',
                                  pg_catalog.current_database());
        COMMIT;  -- seen by new clients before the old ones are sent away
        PERFORM pg_catalog.pg_sleep(0.2);
        -- Pools would keep connections that can only fail.
        PERFORM pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a
            WHERE a.datname = pg_catalog.current_database() AND a.backend_type = 'client backend'
              AND a.application_name NOT LIKE 'relevo %%'
              AND NOT EXISTS (SELECT FROM relevo.state s WHERE s.status = 'open');
        """
                .formatted(gate, free, lock, gate, free);
    }

    /**
     * Begins the gate's transaction: VACUUM, ANALYZE and DDL on the tables wait; replication does
     * not.
     */
    void beginQuiet(List<String> forward) {
        hasBeenTold(forward);
        gate.query("SELECT FROM relevo.marks, relevo.state LIMIT 1", row -> true);
        setval(List.of());
        HandoverSession.rehearse(gate, forward.getFirst());
        gate.begin();
        TableLocks.quiet(gate, task.fenced());
        TableLocks.requireFences(gate, task.fenced());
    }

    /**
     * Keeps every catalog, here and in the other databases, from being vacuumed: that removes the
     * file from which a new backend reads its first relations, and a backend without it opens every
     * catalog, so it would wait at the gate while it connects.
     */
    void quietCatalogs() {
        gate.execute(Catalogs.lockStatement(gate, true));
        for (String database : Catalogs.otherDatabases(gate)) {
            Session session = open("switch quiet", task.to().withDatabase(database));
            quiet.add(session);
            session.begin();
            session.execute(Catalogs.lockStatement(session, false));
        }
    }

    /**
     * Shuts the gate: whoever connects from now on waits at the first statement that names
     * anything. The privileges come back in the same transaction, so whoever waited may go on when
     * it commits, and gets a clean error when it does not.
     */
    void shut(Duration patience) {
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
                return;
            }
            gate.execute("ROLLBACK TO SAVEPOINT relevo_gate"); // nobody has been sent here yet
            Catalogs.requireTime(deadline);
        }
    }

    /** Sets every sequence, durably, whether the gate's transaction commits or not. */
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
     * When the gate's transaction had committed, by this server: its answer may reach us late,
     * since everybody who waited goes on at the same moment.
     */
    long committedAt() {
        return clock.stateChange(free, gate.pid());
    }

    /**
     * Opens the gate on clients that get an error; waits for the end of the barrier first, which is
     * in its session, for at most the quarter second of a slice.
     */
    void rollback() {
        undone = true;
        barrier.handle((_, _) -> true).join();
        try {
            gate.rollback();
        } catch (PgException e) {
            gate.close();
        }
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
        quiet.forEach(session -> session.abandon(why));
    }

    @Override
    public void close() {
        sessions.close();
    }
}
