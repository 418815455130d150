package dev.relevo.plan;

import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Failpoint;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Carries out a plan: observe, journal the intent, apply, observe again, journal the outcome.
 *
 * <p>To resume is to start again: what is done is found done, what was interrupted goes on.
 */
public final class Runner {
    private final Journal journal;
    private final Consumer<Event> listener;
    private final InstantSource clock;

    public Runner(Journal journal, Consumer<Event> listener, InstantSource clock) {
        this.journal = journal;
        this.listener = listener;
        this.clock = clock;
    }

    /**
     * Does every step that is not done.
     *
     * @throws ProblemException when a step drifted, failed, or did not hold after it was applied
     */
    public void run(Plan plan) {
        Set<Step> ahead = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Step step : plan.steps()) {
            run(plan, step, ahead);
        }
    }

    /** Undoes every step, last first. Steps that never began have nothing to undo, and say so. */
    public void undo(Plan plan) {
        for (Step step : plan.steps().reversed()) {
            Instant start = clock.instant();
            switch (step.reversal()) {
                case Reversal.Nothing() -> {}
                case Reversal.Undo undo -> {
                    undo.action().run();
                    Failpoint.reach(plan.name() + "/" + step.id() + "/undone");
                    listener.accept(
                            new Event.Undone(step, Duration.between(start, clock.instant())));
                }
                case Reversal.Impossible(String why) ->
                        throw new Problem(
                                        ExitStatus.STATE,
                                        "cannot-undo",
                                        "step " + step.id() + " cannot be undone",
                                        why,
                                        "")
                                .toException();
            }
        }
    }

    /**
     * Does a step that is not done.
     *
     * @param ahead those that others ran ahead of their place: looked at again there, and told of
     *     once
     */
    private void run(Plan plan, Step step, Set<Step> ahead) {
        int number = plan.steps().indexOf(step) + 1;
        int total = plan.steps().size();
        switch (step.observe()) {
            case Observation.Done(String evidence) -> {
                if (!ahead.contains(step)) {
                    listener.accept(new Event.Found(step, number, total, evidence));
                }
            }
            case Observation.Drifted(String what, String hint) -> throw drifted(step, what, hint);
            case Observation.Pending() -> {
                Instant start = clock.instant();
                listener.accept(new Event.Started(step, number, total));
                journal.write(plan.name(), step.id(), "begin", step.title());
                Failpoint.reach(plan.name() + "/" + step.id() + "/begin");
                String evidence = apply(plan, step, start, ahead);
                Failpoint.reach(plan.name() + "/" + step.id() + "/applied");
                journal.write(plan.name(), step.id(), "done", evidence);
                listener.accept(
                        new Event.Finished(
                                step,
                                number,
                                total,
                                evidence,
                                Duration.between(start, clock.instant())));
            }
        }
    }

    private String apply(Plan plan, Step step, Instant start, Set<Step> ahead) {
        Progress progress =
                new Progress() {
                    @Override
                    public void report(long done, long total, String what) {
                        Duration elapsed = Duration.between(start, clock.instant());
                        listener.accept(new Event.Moved(step, done, total, what, elapsed));
                    }

                    @Override
                    public void ahead(Step other) {
                        run(plan, other, ahead);
                        ahead.add(other);
                    }
                };
        try {
            step.apply(progress);
        } catch (RuntimeException e) {
            try {
                journal.write(
                        plan.name(),
                        step.id(),
                        "failed",
                        Objects.requireNonNullElse(e.getMessage(), e.toString()));
            } catch (RuntimeException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
        return switch (step.observe()) {
            case Observation.Done(String evidence) -> evidence;
            case Observation.Drifted(String what, String hint) -> throw drifted(step, what, hint);
            case Observation.Pending() ->
                    throw drifted(
                            step,
                            "it was applied, and the servers do not show it",
                            "Run the same command again; relevo status shows what the servers say.");
        };
    }

    private static ProblemException drifted(Step step, String what, String hint) {
        return new Problem(
                        ExitStatus.STATE,
                        "drifted",
                        "step " + step.id() + " does not stand as it should",
                        what,
                        hint)
                .toException();
    }
}
