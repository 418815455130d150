package dev.relevo.lab;

import dev.relevo.pg.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Where the real {@code pgbench} is, and how it is told about servers. */
public final class PgbenchProgram {
    private static final List<Path> ROOTS =
            List.of(Path.of("/usr/lib/postgresql"), Path.of("/usr"));

    private PgbenchProgram() {}

    /**
     * The newest one under {@code /usr/lib/postgresql} or {@code /usr/pgsql-*}, else the one in
     * {@code PATH}. Debian's wrapper there does not count: it stays when the program is gone.
     */
    public static Optional<Path> find() {
        Stream<Path> versions = ROOTS.stream().flatMap(PgbenchProgram::versions);
        Stream<Path> path =
                Stream.of(System.getenv().getOrDefault("PATH", "/usr/bin").split(":", -1))
                        .filter(directory -> !directory.isEmpty())
                        .map(directory -> Path.of(directory, "pgbench"));
        return Stream.concat(versions, path)
                .filter(Files::isExecutable)
                .filter(program -> !isWrapper(program))
                .findFirst();
    }

    private static boolean isWrapper(Path program) {
        try {
            return program.toRealPath().endsWith("pg_wrapper");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<Path> versions(Path root) {
        if (!Files.isDirectory(root)) {
            return Stream.empty();
        }
        try (Stream<Path> children = Files.list(root)) {
            return children
                    .map(child -> child.resolve("bin/pgbench"))
                    .filter(Files::isExecutable)
                    .sorted(Comparator.comparingInt(PgbenchProgram::major).reversed())
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int major(Path program) {
        String digits = program.toString().replaceAll("\\D+", "");
        return digits.isEmpty() ? 0 : Integer.parseInt(digits);
    }

    /** The exercise's connection string, with each server's port. It holds no password. */
    static String conninfo(List<Endpoint> hosts) {
        Endpoint first = hosts.getFirst();
        return "host="
                + each(hosts, Endpoint::host)
                + " port="
                + each(hosts, host -> Integer.toString(host.port()))
                + " target_session_attrs=read-write connect_timeout=20 user="
                + first.user()
                + " dbname="
                + first.database();
    }

    private static String each(List<Endpoint> hosts, Function<Endpoint, String> part) {
        return hosts.stream().map(part).collect(Collectors.joining(","));
    }
}
