package dev.relevo.cli;

import dev.relevo.problem.ExitStatus;
import java.util.Map;
import picocli.AutoComplete;
import picocli.CommandLine.Command;

/** {@code relevo completion}. */
@Command(
        name = "completion",
        description = "Prints a script that completes commands and options in bash and zsh.",
        footer = {"", "bash and zsh: source <(relevo completion)"})
final class CompletionCommand extends RelevoCommand {
    @Override
    ExitStatus run() {
        String script = AutoComplete.bash("relevo", Main.commandLine(new Root(app())));
        root().result(script, () -> Map.of("script", script));
        return ExitStatus.OK;
    }
}
