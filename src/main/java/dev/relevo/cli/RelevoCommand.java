package dev.relevo.cli;

import dev.relevo.cli.output.Background;
import dev.relevo.cli.output.Console;
import dev.relevo.cli.output.HandoverProgress;
import dev.relevo.cli.output.StepProgress;
import dev.relevo.handover.HandoverEvent;
import dev.relevo.handover.HandoverReport;
import dev.relevo.pg.LongStatements;
import dev.relevo.plan.Event;
import dev.relevo.problem.ExitStatus;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** What all commands share: the root's options, and progress that never holds up the work. */
@Command(mixinStandardHelpOptions = true, versionProvider = Version.class)
abstract class RelevoCommand implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private Root root;

    /** Does it; problems are thrown. */
    abstract ExitStatus run();

    @Override
    public final Integer call() {
        return run().code();
    }

    final Root root() {
        return root;
    }

    final App app() {
        return root.app();
    }

    final Console console() {
        return root.console();
    }

    /** Runs steps, shows each, and returns how they ended. */
    final List<StepProgress.Outcome> steps(Consumer<Consumer<Event>> work) {
        return progressOf(work).outcomes();
    }

    private StepProgress progressOf(Consumer<Consumer<Event>> work) {
        StepProgress progress = new StepProgress(console(), root.quiet(), app().clock());
        try (Background<Event> background = new Background<>(progress)) {
            return LongStatements.telling(
                    note -> background.accept(new Event.Noted(note)),
                    () -> {
                        work.accept(background);
                        return progress;
                    });
        } finally {
            progress.clear();
        }
    }

    /** Runs a handover and shows each step; the time of an event is taken before it is queued. */
    final HandoverReport handover(Function<Consumer<HandoverEvent>, HandoverReport> work) {
        HandoverProgress progress = new HandoverProgress(console(), root.quiet(), app().clock());
        try (Background<HandoverProgress.Stamped> background = new Background<>(progress)) {
            Consumer<HandoverEvent> listener =
                    event ->
                            background.accept(
                                    new HandoverProgress.Stamped(event, app().clock().instant()));
            return LongStatements.telling(
                    note -> listener.accept(new HandoverEvent("", note)),
                    () -> work.apply(listener));
        } finally {
            progress.end(app().clock().instant());
        }
    }
}
