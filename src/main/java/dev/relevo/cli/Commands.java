package dev.relevo.cli;

import dev.relevo.catalog.Side;
import dev.relevo.check.Finding;
import dev.relevo.copy.JoinCopy;
import dev.relevo.copy.Standing;
import dev.relevo.handover.HandoverEvent;
import dev.relevo.handover.HandoverReport;
import dev.relevo.ledger.Chronicle;
import dev.relevo.plan.Event;
import dev.relevo.upgrade.Status;
import dev.relevo.upgrade.SyncReport;
import dev.relevo.upgrade.Upgrade;
import dev.relevo.upgrade.Upgrade.PlannedStep;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * {@link Upgrade} as the command line sees it. It is an interface only so that a test of the
 * rendering needs no two servers.
 */
interface Commands extends AutoCloseable {
    List<Finding> check(boolean deep);

    List<Finding> rehearse();

    List<PlannedStep> plan();

    void start(Consumer<Event> listener);

    JoinCopy.Share joinCopy(Consumer<Standing> listener);

    Status status();

    Supplier<Status> watch();

    Optional<String> giveUpWayBack(long limit);

    SyncReport sync(boolean dryRun, Consumer<String> notes);

    HandoverReport switchOver(Consumer<HandoverEvent> listener);

    HandoverReport rollback(Consumer<HandoverEvent> listener);

    /** Differences of the schemas that the next handover lets be. */
    default void ignoreDifferences(List<String> ids) {}

    void finish(Consumer<Event> listener);

    void abort(Consumer<Event> listener);

    List<String> destroyedBy(boolean finish);

    List<String> destroyedWithout(Side gone);

    void removeWithout(Side gone, Consumer<Event> listener);

    List<Chronicle.Entry> log();

    @Override
    void close();

    /** The real one. */
    record Real(Upgrade upgrade) implements Commands {
        @Override
        public List<Finding> check(boolean deep) {
            return upgrade.check(deep);
        }

        @Override
        public List<Finding> rehearse() {
            return upgrade.rehearse();
        }

        @Override
        public List<PlannedStep> plan() {
            return upgrade.plan();
        }

        @Override
        public void start(Consumer<Event> listener) {
            upgrade.start(listener);
        }

        @Override
        public JoinCopy.Share joinCopy(Consumer<Standing> listener) {
            return upgrade.joinCopy(listener);
        }

        @Override
        public Status status() {
            return upgrade.status();
        }

        @Override
        public Supplier<Status> watch() {
            return upgrade.watch();
        }

        @Override
        public Optional<String> giveUpWayBack(long limit) {
            return upgrade.giveUpWayBack(limit);
        }

        @Override
        public SyncReport sync(boolean dryRun, Consumer<String> notes) {
            return upgrade.sync(dryRun, notes);
        }

        @Override
        public HandoverReport switchOver(Consumer<HandoverEvent> listener) {
            return upgrade.switchOver(listener);
        }

        @Override
        public void ignoreDifferences(List<String> ids) {
            upgrade.ignoreDifferences(ids);
        }

        @Override
        public HandoverReport rollback(Consumer<HandoverEvent> listener) {
            return upgrade.rollback(listener);
        }

        @Override
        public void finish(Consumer<Event> listener) {
            upgrade.finish(listener);
        }

        @Override
        public List<String> destroyedBy(boolean finish) {
            return upgrade.destroyedBy(finish);
        }

        @Override
        public List<String> destroyedWithout(Side gone) {
            return upgrade.destroyedWithout(gone);
        }

        @Override
        public void removeWithout(Side gone, Consumer<Event> listener) {
            upgrade.removeWithout(gone, listener);
        }

        @Override
        public List<Chronicle.Entry> log() {
            return upgrade.log();
        }

        @Override
        public void abort(Consumer<Event> listener) {
            upgrade.abort(listener);
        }

        @Override
        public void close() {
            upgrade.close();
        }
    }
}
