package dev.relevo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.problem.ExitStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the documents say is so. */
final class DocsTest {
    private static final Pattern COMMAND =
            Pattern.compile(
                    "(?m)(?:^(?: {4})?|`)(?:bin/)?relevo ([a-z]+(?:-[a-z]+)*)((?: --?[a-z][-a-z]*(?:[ =]\\d+)?)*)");

    @TempDir private Path directory;

    @Test
    void everyExitStatusIsDocumented() throws IOException {
        String table = Files.readString(Path.of("docs/exit-codes.md"));
        for (ExitStatus status : ExitStatus.values()) {
            assertThat(table).contains("\n| " + status.code() + " | ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "README.es.md", "docs/guide.md"})
    void everyCommandAndOptionShownExists(String file) throws IOException {
        var shown = COMMAND.matcher(Files.readString(Path.of(file))).results().toList();
        assertThat(shown).hasSizeGreaterThan(5);
        Cli cli = new Cli(directory);
        for (MatchResult each : shown) {
            String options = each.group(2).replaceAll("[ =]\\d+", "");
            String help = cli.run(each.group(1), "--help").out();
            assertThat(help).as(each.group()).startsWith("Usage: relevo " + each.group(1));
            for (String option : options.strip().split(" +", -1)) {
                assertThat(help).as(each.group()).contains(option);
            }
        }
    }
}
