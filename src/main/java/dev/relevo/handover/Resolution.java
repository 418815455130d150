package dev.relevo.handover;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Finds out from the servers, with fresh sessions, how a handover ended, and waits for them if it
 * must.
 */
public final class Resolution {
    private static final Duration PAUSE = Duration.ofMillis(100);

    private static final String NOT_WRITABLE = SqlFile.load(Resolution.class, "not_writable");

    private final Task task;

    public Resolution(Task task) {
        this.task = task;
    }

    /**
     * Whether the commit point was reached, as {@code from} tells it. Waits for a COMMIT under way.
     *
     * @throws ProblemException when {@code from} gives no answer for {@code patience}; nobody knows
     *     then
     */
    boolean wasCommitted(Duration patience, RuntimeException cause) {
        return ask(
                task.from(),
                session -> {
                    session.begin();
                    session.execute("LOCK TABLE relevo.state IN SHARE MODE");
                    return ServingState.read(session).map(state -> state == ServingState.FENCED);
                },
                patience,
                cause);
    }

    /**
     * Waits until {@code to} is open: by the coordinator's commit, or by the mark that opens it.
     */
    public void awaitOpen(Duration patience, RuntimeException cause) {
        require(
                task.to(),
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
        require(task.from(), this::reopen, patience, cause);
        require(task.to(), this::close, patience, cause);
        require(task.from(), session -> !session.exists(NOT_WRITABLE), patience, cause);
    }

    private boolean reopen(Session session) {
        session.begin();
        session.execute(Script.LOCK_STATE);
        if (ServingState.read(session).filter(ServingState.OPEN::equals).isEmpty()) {
            return false;
        }
        session.execute(Script.readWrite(task.from().database()));
        session.commit();
        return true;
    }

    private boolean close(Session session) {
        session.begin();
        session.execute(Script.LOCK_STATE);
        session.execute(Script.readOnly(task.to().database()));
        session.text(Script.RAISE_FENCE);
        session.commit();
        // Not before it is closed for everybody who comes.
        session.text(Script.OPEN_SCHEMAS);
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
            try (Session session = endpoint.open("switch resolution")) {
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
                        "outcome-unknown",
                        silent.display() + " does not say how the handover ended",
                        String.valueOf(cause.getMessage()),
                        "When both servers answer again, run the same command again: it finds out and"
                                + " goes on from there; relevo status shows where things stand.")
                .toException(cause);
    }
}
