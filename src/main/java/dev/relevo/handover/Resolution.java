package dev.relevo.handover;

import static dev.relevo.ledger.OwnTable.STATE;

import dev.relevo.ledger.ServingState;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Pause;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Finds out from the servers, with fresh sessions, how a handover ended, and waits for them if it
 * must.
 */
public final class Resolution {
    private static final Duration PAUSE = Duration.ofMillis(100);

    /** The network may be silent: a session that is new when it comes back is answered at once. */
    private static final Duration ANSWER = Duration.ofSeconds(3);

    private static final Duration THOROUGH = Duration.ofSeconds(30);

    /** An undo is for this server alone: a standby that is gone must not hold it up. */
    private static final Map<String, String> SETTINGS =
            Map.of("lock_timeout", "1500ms", "synchronous_commit", "local");

    private static final String UNKNOWN = "outcome-unknown";

    private static final String NOT_WRITABLE = SqlFile.load(Resolution.class, "not_writable");

    private final Task task;

    public Resolution(Task task) {
        this.task = task;
    }

    /** Whether an error says that nobody knows how the handover ended. */
    static boolean isUnknown(RuntimeException error) {
        return error instanceof ProblemException known && known.problem().code().equals(UNKNOWN);
    }

    /**
     * Whether the commit point was reached, as {@code from} tells it. Waits for a COMMIT under way.
     *
     * @throws ProblemException when {@code from} gives no answer for {@code patience}; nobody knows
     *     then
     */
    boolean wasCommitted(Duration patience, RuntimeException cause) {
        return ask(task.from().endpoint(), Resolution::isFenced, patience, cause);
    }

    /** Waits for whoever has changed the state, and is not done. */
    private static Optional<Boolean> isFenced(Session session) {
        session.begin();
        session.execute("LOCK TABLE " + STATE + " IN SHARE MODE");
        return ServingState.read(session).map(state -> state == ServingState.FENCED);
    }

    /**
     * The same, of a COMMIT whose answer does not come: {@code from} is asked, and {@code to},
     * where the commit may have arrived through replication. It cannot arrive unless it was
     * reached.
     *
     * @param arrived whether {@code to} knows; it may fail, and is asked again and again
     * @throws ProblemException when neither gives an answer for {@code patience}; {@link
     *     #isUnknown}
     */
    boolean reachedCommitPoint(BooleanSupplier arrived, Duration patience, RuntimeException cause) {
        CompletableFuture<Boolean> here = Both.begin(() -> wasCommitted(patience, cause));
        while (!here.isDone()) {
            try {
                if (arrived.getAsBoolean()) {
                    return true;
                }
            } catch (PgException e) {
                // It is silent too, or its dead-man has ended the session: then it says it openly.
                if (isOpen(task.to().endpoint())) {
                    return true;
                }
            }
            Pause.of(PAUSE);
        }
        return Both.await(here);
    }

    private static boolean isOpen(Endpoint to) {
        try (Session session = open(to)) {
            return ServingState.read(session).filter(ServingState.OPEN::equals).isPresent();
        } catch (PgException | ProblemException e) {
            return false;
        }
    }

    private static Session open(Endpoint endpoint) {
        return endpoint.open("switch resolution", SETTINGS, ANSWER);
    }

    /**
     * Waits until {@code to} is open: by the coordinator's commit, or by the mark that opens it.
     */
    public void awaitOpen(Duration patience, RuntimeException cause) {
        require(
                task.to().endpoint(),
                session -> ServingState.read(session).filter(ServingState.OPEN::equals).isPresent(),
                patience,
                cause);
    }

    /**
     * Puts both sides into the state before a handover that did not reach its commit point: {@code
     * from} writable, {@code to} closed, privileges restored. Then looks whether it is so.
     */
    public void restore(RuntimeException cause) {
        Duration patience = Duration.ofSeconds(30);
        require(task.from().endpoint(), this::reopen, patience, cause);
        require(task.to().endpoint(), this::close, patience, cause);
        require(task.from().endpoint(), session -> !session.exists(NOT_WRITABLE), patience, cause);
    }

    /**
     * Puts the side that serves into the state before a handover that died, when the other side is
     * gone for good. For whoever has seen that it serves.
     */
    public static void restoreAlone(Endpoint serving) {
        try (Session session = serving.openForDdl("switch resolution")) {
            session.transaction(() -> {
                session.execute(Script.LOCK_STATE);
                if (ServingState.read(session).filter(ServingState.OPEN::equals).isEmpty()) {
                    throw new IllegalStateException(serving.display() + " does not serve");
                }
                session.execute(Script.readWrite(serving.database()));
                session.text(Script.OPEN_SCHEMAS);
            });
        }
    }

    /** Makes {@code from} writable, and proves it. */
    void reopen(Duration patience, RuntimeException cause) {
        require(task.from().endpoint(), this::reopen, patience, cause);
        require(task.from().endpoint(), session -> !session.exists(NOT_WRITABLE), patience, cause);
    }

    /** Closes {@code to}; false when it gives no answer for {@code patience}. */
    boolean close(Duration patience, RuntimeException cause) {
        try {
            require(task.to().endpoint(), this::close, patience, cause);
            return true;
        } catch (ProblemException e) {
            cause.addSuppressed(e);
            return false;
        }
    }

    private boolean reopen(Session session) {
        session.begin();
        session.execute(Script.LOCK_STATE);
        if (ServingState.read(session).filter(ServingState.OPEN::equals).isEmpty()) {
            return false;
        }
        session.execute(Script.readWrite(task.from().endpoint().database()));
        session.commit();
        return true;
    }

    private boolean close(Session session) {
        session.limitAnswers(THOROUGH); // it has answered, and there may be thousands of tables
        session.begin();
        session.execute(Script.LOCK_STATE);
        if (ServingState.read(session).filter(ServingState.OPEN::equals).isPresent()) {
            session.rollback();
            return true; // whoever opened it, clients are there
        }
        session.execute(Script.readOnly(task.to().endpoint().database()));
        session.text(Script.RAISE_FENCE);
        session.commit();
        // Not before it is closed for everybody who comes.
        session.text(Script.OPEN_SCHEMAS);
        session.execute(Script.HOLD_BACK_SEQUENCES);
        return true;
    }

    private void require(
            Endpoint endpoint,
            Predicate<Session> condition,
            Duration patience,
            RuntimeException cause) {
        boolean met =
                ask(
                        endpoint,
                        session -> condition.test(session) ? Optional.of(true) : Optional.empty(),
                        patience,
                        cause);
        assert met;
    }

    private <T> T ask(
            Endpoint endpoint,
            Function<Session, Optional<T>> question,
            Duration patience,
            RuntimeException cause) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            try (Session session = open(endpoint)) {
                Optional<T> answer = question.apply(session);
                if (answer.isPresent()) {
                    return answer.get();
                }
            } catch (PgException | ProblemException e) {
                cause.addSuppressed(e);
            }
            if (System.nanoTime() > deadline) {
                throw unknown(endpoint, cause);
            }
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw unknown(endpoint, cause);
            }
        }
    }

    private ProblemException unknown(Endpoint silent, RuntimeException cause) {
        return new Problem(
                        ExitStatus.FAILED,
                        UNKNOWN,
                        silent.display() + " does not say how the handover ended",
                        String.valueOf(cause.getMessage()),
                        "When both servers answer again, run the same command again: it finds out and"
                                + " goes on from there; relevo status shows where things stand.")
                .toException(cause);
    }
}
