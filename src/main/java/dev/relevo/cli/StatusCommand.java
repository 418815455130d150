package dev.relevo.cli;

import dev.relevo.cli.output.Console;
import dev.relevo.cli.output.Documents;
import dev.relevo.cli.output.Problems;
import dev.relevo.cli.output.StatusText;
import dev.relevo.pg.PgException;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import dev.relevo.upgrade.Status;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code relevo status}. */
@Command(name = "status", description = "Shows where the upgrade stands, as the servers tell it.")
final class StatusCommand extends ServerCommand {
    private static final String HOME_AND_CLEAR = "\u001b[H\u001b[2J";

    @Option(
            names = {"-w", "--watch"},
            description = "Show it anew every second until Ctrl-C.")
    private boolean watch;

    @Override
    void refuse() {
        if (watch && root().json()) {
            throw new Problem(
                            ExitStatus.USAGE,
                            "usage",
                            "--watch and --json exclude each other",
                            "With --json there is exactly one document on standard output.",
                            "Call relevo status --json as often as you like.")
                    .toException();
        }
    }

    @Override
    ExitStatus run(Commands commands) {
        if (watch) {
            return watch(commands);
        }
        Status status = commands.status();
        root().result(StatusText.of(status), () -> Documents.status(status));
        return status.phase() == Status.Phase.UNKNOWN ? ExitStatus.CONNECTION : ExitStatus.OK;
    }

    private ExitStatus watch(Commands commands) {
        Console console = console();
        Supplier<Status> looks = commands.watch();
        console.hideCursor();
        try {
            while (true) {
                String text = look(looks);
                console.out().println(console.screen() ? HOME_AND_CLEAR + text : text + "\n");
                if (console.isBroken()) {
                    return ExitStatus.OK; // who watched is gone
                }
                Thread.sleep(1_000);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitStatus.INTERRUPTED;
        } finally {
            console.restore();
        }
    }

    /** A server that restarts is part of what one watches. */
    private static String look(Supplier<Status> looks) {
        try {
            return StatusText.of(looks.get());
        } catch (PgException e) {
            return "server:   " + Problems.of(e).message();
        } catch (ProblemException e) {
            if (e.problem().status() == ExitStatus.CONNECTION) {
                return "server:   " + Problems.of(e).message();
            }
            throw e;
        }
    }

    @Override
    String interrupted() {
        return watch ? "" : NOTHING_CHANGED;
    }
}
