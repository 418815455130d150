package dev.relevo.cli;

import dev.relevo.cli.config.SettingsSource;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code relevo init}. */
@Command(name = "init", description = "Writes a commented relevo.yaml to begin with.")
final class InitCommand extends RelevoCommand {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Write this file instead of ./relevo.yaml.")
    private Path config = Path.of(SettingsSource.FILE_NAME);

    @Option(names = "--force", description = "Replace the file when it exists.")
    private boolean force;

    @Override
    ExitStatus run() {
        Path file = app().directory().resolve(config);
        OpenOption[] how =
                force
                        ? new OpenOption[] {
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE
                        }
                        : new OpenOption[] {
                            StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE
                        };
        try {
            Files.writeString(file, template(), how);
        } catch (FileAlreadyExistsException e) {
            throw new Problem(
                            ExitStatus.USAGE,
                            "config-exists",
                            file + " exists",
                            "",
                            "Give --force to replace it, or --config to write another file.")
                    .toException(e);
        } catch (IOException e) {
            throw new Problem(
                            ExitStatus.USAGE,
                            "config-unwritable",
                            "cannot write " + file,
                            e.getClass().getSimpleName(),
                            "Name a place you may write to with --config.")
                    .toException(e);
        }
        root().result(
                        "Wrote " + file + ". Next: put in the two servers, then relevo check",
                        () -> Map.of("file", file.toString()));
        return ExitStatus.OK;
    }

    static String template() throws IOException {
        try (InputStream in = InitCommand.class.getResourceAsStream("relevo.yaml")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
