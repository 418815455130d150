package dev.relevo.cli;

import dev.relevo.cli.output.Documents;
import dev.relevo.cli.output.LogText;
import dev.relevo.ledger.Chronicle;
import dev.relevo.problem.ExitStatus;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code relevo log}. */
@Command(
        name = "log",
        description =
                "Shows which commands changed something, who gave them, from where, and how they"
                        + " ended.",
        footer = {"", "The journal is on the old server, and stays there after relevo finish."})
final class LogCommand extends ServerCommand {
    @Override
    ExitStatus run(Commands commands) {
        List<Chronicle.Entry> entries = commands.log();
        root().result(LogText.of(entries), () -> Documents.log(entries));
        return ExitStatus.OK;
    }

    @Override
    String interrupted() {
        return NOTHING_CHANGED;
    }
}
