package dev.relevo.replication;

import dev.relevo.pg.Session;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Pause;
import dev.relevo.problem.Problem;
import java.time.Duration;
import java.util.List;

/**
 * Waits until PostgreSQL's table synchronization has copied those tables that were not copied
 * before the subscription was made; the servers do it by themselves.
 */
public final class InitialCopy implements Step {
    private static final Duration POLL = Duration.ofMillis(250);
    private static final Duration STANDSTILL = Duration.ofMinutes(2);

    private final Node publisher;
    private final Node subscriber;
    private final long bytesOnPublisher;

    /**
     * Says what is waited for.
     *
     * @param bytesOnPublisher size of all replicated tables there, for the forecast
     */
    public InitialCopy(Node publisher, Node subscriber, long bytesOnPublisher) {
        this.publisher = publisher;
        this.subscriber = subscriber;
        this.bytesOnPublisher = bytesOnPublisher;
    }

    @Override
    public String id() {
        return subscriber.step("tables-ready");
    }

    @Override
    public String title() {
        return subscriber.part() == 1
                ? "every table is followed"
                : "every table of subscription " + subscriber.part() + " is followed";
    }

    @Override
    public List<Statement> statements() {
        return List.of();
    }

    @Override
    public Observation observe() {
        try (Session session = subscriber.open("copy")) {
            CopyProgress now = CopyProgress.read(session, subscriber.subscription());
            return now.complete()
                    ? new Observation.Done((now.total() - 1) + " tables")
                    : new Observation.Pending();
        }
    }

    @Override
    public void apply(Progress progress) {
        try (Session session = subscriber.open("copy")) {
            CopyProgress last = CopyProgress.read(session, subscriber.subscription());
            long moved = System.nanoTime();
            long most = last.bytes();
            while (!last.complete()) {
                progress.report(
                        Math.min(last.bytes(), bytesOnPublisher),
                        bytesOnPublisher,
                        "bytes; %d of %d tables; %s"
                                .formatted(last.ready(), last.total(), last.underWay()));
                Pause.of(POLL);
                CopyProgress now = CopyProgress.read(session, subscriber.subscription());
                // A worker that fails begins again, so only more than ever before counts.
                if (now.ready() > last.ready() || now.bytes() > most) {
                    most = Math.max(most, now.bytes());
                    moved = System.nanoTime();
                } else if (System.nanoTime() - moved > STANDSTILL.toNanos()) {
                    throw standstill(now);
                }
                last = now;
            }
        }
    }

    @Override
    public Reversal reversal() {
        return new Reversal.Nothing();
    }

    private Problem notMoving(CopyProgress now) {
        return new Problem(
                ExitStatus.FAILED,
                "copy-stands-still",
                "the initial copy has not moved for " + STANDSTILL.toMinutes() + " minutes",
                "%d of %d tables are ready; under way: %s"
                        .formatted(now.ready(), now.total(), now.underWay()),
                "Read the log of the "
                        + subscriber.side()
                        + " server (and of the "
                        + publisher.side()
                        + " one) for the error of the table synchronization worker, mend it, then run"
                        + " the same command again.");
    }

    private RuntimeException standstill(CopyProgress now) {
        return notMoving(now).toException();
    }
}
