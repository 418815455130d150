package dev.relevo.cli;

import dev.relevo.check.Finding;
import dev.relevo.cli.output.Documents;
import dev.relevo.cli.output.FindingsText;
import dev.relevo.problem.ExitStatus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code relevo check}. */
@Command(
        name = "check",
        description = "Looks whether the upgrade will work, and changes nothing.",
        footer = {"", "Ends with 3 when something must be mended first."})
final class CheckCommand extends ServerCommand {
    @Option(
            names = "--deep",
            description =
                    "Look for rows that violate foreign keys and CHECK constraints in big tables too,"
                            + " which reads them on the old server.")
    private boolean deep;

    @Option(
            names = "--rehearse",
            description =
                    "Load the whole schema into a scratch database on the new server, tell all that it"
                            + " refuses, and drop it.")
    private boolean rehearse;

    @Override
    ExitStatus run(Commands commands) {
        List<Finding> findings = new ArrayList<>(commands.check(deep));
        if (rehearse && findings.stream().noneMatch(f -> f.id().equals("connection"))) {
            findings.addAll(commands.rehearse());
            findings.sort(Comparator.comparing(Finding::severity));
        }
        root().result(FindingsText.of(findings), () -> Documents.findings(findings));
        return FindingsText.hasErrors(findings) ? ExitStatus.CHECK : ExitStatus.OK;
    }

    @Override
    String interrupted() {
        return rehearse
                ? "the next rehearsal drops the scratch database, if one was left; nothing else was changed"
                : NOTHING_CHANGED;
    }
}
