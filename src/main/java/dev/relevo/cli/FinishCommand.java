package dev.relevo.cli;

import dev.relevo.catalog.Side;
import dev.relevo.cli.output.Documents;
import dev.relevo.cli.output.StepProgress;
import dev.relevo.problem.ExitStatus;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code relevo finish}. */
@Command(
        name = "finish",
        description =
                "After the switch: removes the way back, and everything of Relevo's but the journal on"
                        + " the old server.")
final class FinishCommand extends ServerCommand {
    @Mixin private final Confirmation confirmation = new Confirmation();

    @Option(
            names = "--old-is-gone",
            description =
                    "The old server is lost for good: tidy up the other one alone. Refused when the old one"
                            + " answers, or is the one that serves.")
    private boolean gone;

    @Override
    Optional<Side> gone() {
        return gone ? Optional.of(Side.OLD) : Optional.empty();
    }

    @Override
    void refuse() {
        confirmation.mustBeAnswerable(console(), "removes the way back");
    }

    @Override
    ExitStatus run(Commands commands) {
        List<String> losses =
                gone
                        ? commands.destroyedWithout(Side.OLD)
                        : Lost.hinting(() -> commands.destroyedBy(true), Side.OLD);
        if (!losses.isEmpty()) {
            confirmation.confirm(
                    console(),
                    "relevo finish " + String.join(";\n  ", losses) + ". Go ahead?",
                    "the way back stays");
        }
        List<StepProgress.Outcome> outcomes =
                steps(listener -> {
                    if (gone) {
                        commands.removeWithout(Side.OLD, listener);
                    } else {
                        commands.finish(listener);
                    }
                });
        root().result(
                        gone
                                ? "Done: the new server serves alone; nothing of Relevo is left there."
                                : "Done: the new server serves alone. The old one keeps the journal: relevo log.",
                        () -> Documents.steps(outcomes));
        return ExitStatus.OK;
    }

    @Override
    String interrupted() {
        return GOES_ON;
    }
}
