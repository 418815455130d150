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

/** {@code relevo abort}. */
@Command(
        name = "abort",
        description = "Before the switch: removes every trace of Relevo on both servers.")
final class AbortCommand extends ServerCommand {
    @Mixin private final Confirmation confirmation = new Confirmation();

    @Option(
            names = "--new-is-gone",
            description =
                    "The new server is lost for good: tidy up the other one alone. Refused when the new one"
                            + " answers, or is the one that serves.")
    private boolean gone;

    @Override
    Optional<Side> gone() {
        return gone ? Optional.of(Side.NEW) : Optional.empty();
    }

    @Override
    void refuse() {
        confirmation.mustBeAnswerable(console(), "removes the copy");
    }

    @Override
    ExitStatus run(Commands commands) {
        List<String> losses =
                gone
                        ? commands.destroyedWithout(Side.NEW)
                        : Lost.hinting(() -> commands.destroyedBy(false), Side.NEW);
        if (!losses.isEmpty()) {
            confirmation.confirm(
                    console(),
                    "relevo abort " + String.join(";\n  ", losses) + ". Go ahead?",
                    "the copy stays");
        }
        List<StepProgress.Outcome> outcomes =
                steps(listener -> {
                    if (gone) {
                        commands.removeWithout(Side.NEW, listener);
                    } else {
                        commands.abort(listener);
                    }
                });
        root().result(
                        gone
                                ? "Done: nothing of Relevo is left on the old server."
                                : "Done: nothing of Relevo is left on either server.",
                        () -> Documents.steps(outcomes));
        return ExitStatus.OK;
    }

    @Override
    String interrupted() {
        return GOES_ON;
    }
}
