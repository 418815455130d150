package dev.relevo.pg;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * pg_dump and psql of one version, found on this machine.
 *
 * @param directory where both are
 * @param version pg_dump's, as it prints it, for example {@code 16.4}
 * @param major its first part
 */
public record ClientTools(Path directory, String version, int major) {
    private static final Pattern VERSION = Pattern.compile("\\(PostgreSQL\\) ((\\d+)[^ \\n]*)");

    private static volatile List<ClientTools> known = List.of();

    public Path pgDump() {
        return directory.resolve("pg_dump");
    }

    public Path psql() {
        return directory.resolve("psql");
    }

    /** Comes with pg_dump. */
    public Path pgRestore() {
        return directory.resolve("pg_restore");
    }

    /**
     * All that are installed where Debian and Red Hat put them, or in PATH; newest first. They are
     * asked for their versions once, for as long as this process lives; if there are none, again.
     */
    public static List<ClientTools> installed() {
        if (known.isEmpty()) {
            known = look();
        }
        return known;
    }

    private static List<ClientTools> look() {
        List<Path> directories = new ArrayList<>();
        glob(Path.of("/usr/lib/postgresql"), "*", "bin", directories);
        glob(Path.of("/usr"), "pgsql-*", "bin", directories);
        String path = System.getenv("PATH");
        for (String entry : path == null ? new String[0] : path.split(File.pathSeparator, -1)) {
            if (!entry.isEmpty()) {
                directories.add(Path.of(entry));
            }
        }
        return directories.stream()
                .distinct()
                .flatMap(directory -> at(directory).stream())
                .sorted(Comparator.comparingInt(ClientTools::major).reversed())
                .toList();
    }

    /**
     * The best to carry a schema with. pg_dump refuses a server newer than itself; what it writes
     * is meant for its own major or a newer one, so the new server's own comes first.
     */
    public static Optional<ClientTools> find(int oldMajor, int newMajor) {
        List<ClientTools> able =
                installed().stream().filter(tools -> tools.major() >= oldMajor).toList();
        return able.stream()
                .filter(tools -> tools.major() <= newMajor)
                .findFirst()
                .or(() -> able.isEmpty() ? Optional.empty() : Optional.of(able.getLast()));
    }

    private static void glob(Path parent, String pattern, String child, List<Path> found) {
        if (!Files.isDirectory(parent)) {
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent, pattern)) {
            entries.forEach(entry -> found.add(entry.resolve(child)));
        } catch (IOException e) {
            // A directory we may not read holds no program we may run.
            assert e != null;
        }
    }

    private static Optional<ClientTools> at(Path directory) {
        Path dump = directory.resolve("pg_dump");
        if (!Files.isExecutable(dump) || !Files.isExecutable(directory.resolve("psql"))) {
            return Optional.empty();
        }
        try {
            Process process =
                    new ProcessBuilder(dump.toString(), "--version")
                            .redirectErrorStream(true)
                            .start();
            process.getOutputStream().close();
            String said =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Matcher matcher = VERSION.matcher(said);
            return process.waitFor(10, TimeUnit.SECONDS) && matcher.find()
                    ? Optional.of(
                            new ClientTools(
                                    directory,
                                    matcher.group(1),
                                    Integer.parseInt(matcher.group(2))))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
