package dev.relevo.pg;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Looks up {@code service=}: the user's file first, then the machine's.
 *
 * @see <a href="https://www.postgresql.org/docs/current/libpq-pgservice.html">The connection
 *     service file</a>
 */
final class ServiceFile {
    /** Where packages put the machine's file: Debian and Ubuntu, Red Hat and SUSE. */
    private static final List<Path> SYSTEM_DIRECTORIES =
            List.of(Path.of("/etc/postgresql-common"), Path.of("/etc/sysconfig/pgsql"));

    private final Environment environment;

    ServiceFile(Environment environment) {
        this.environment = environment;
    }

    /**
     * What the service defines.
     *
     * @param named the value of {@code servicefile=}, which wins over {@code PGSERVICEFILE}
     */
    Map<String, String> lookUp(String service, Optional<String> named) {
        Optional<Path> chosen = named.or(() -> environment.variable("PGSERVICEFILE")).map(Path::of);
        if (chosen.isPresent() && !Files.exists(chosen.get())) {
            throw Conninfo.invalid(
                    "service file \"" + chosen.get() + "\" not found",
                    "",
                    "Correct PGSERVICEFILE or servicefile=, or create the file.");
        }
        Path own = chosen.orElse(environment.home().resolve(".pg_service.conf"));
        Optional<Map<String, String>> found = Optional.empty();
        if (Files.exists(own)) {
            found = read(own, service);
        }
        for (Path directory : systemDirectories()) {
            Path file = directory.resolve("pg_service.conf");
            if (found.isEmpty() && Files.exists(file)) {
                found = read(file, service);
            }
        }
        return found.orElseThrow(() ->
                Conninfo.invalid(
                        "definition of service \"" + service + "\" not found",
                        "looked into " + own + " and " + systemDirectories(),
                        "Add a section [" + service + "] to " + own + "."));
    }

    private List<Path> systemDirectories() {
        return environment
                .variable("PGSYSCONFDIR")
                .map(directory -> List.of(Path.of(directory)))
                .orElse(SYSTEM_DIRECTORIES);
    }

    private static Optional<Map<String, String>> read(Path file, String service) {
        Map<String, String> values = new LinkedHashMap<>();
        boolean inside = false;
        int number = 0;
        for (String raw : lines(file)) {
            number++;
            String line = raw.strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            if (line.startsWith("[")) {
                if (inside) {
                    break;
                }
                inside = line.startsWith("[" + service + "]");
            } else if (inside) {
                int equals = line.indexOf('=');
                String keyword = equals < 0 ? "" : line.substring(0, equals);
                if (ConninfoKey.of(keyword).isEmpty() || keyword.startsWith("service")) {
                    throw syntaxError(file, number, keyword);
                }
                values.putIfAbsent(keyword, line.substring(equals + 1));
            }
        }
        return inside ? Optional.of(values) : Optional.empty();
    }

    /** Repeats nothing of the line: it may hold a password. */
    private static RuntimeException syntaxError(Path file, int number, String keyword) {
        String detail =
                keyword.startsWith("service")
                        ? "a service cannot refer to another one"
                        : "a line is a libpq keyword, \"=\" and a value, without spaces before"
                                + " the \"=\"; LDAP look-ups are not supported";
        return Conninfo.invalid(
                "syntax error in service file \"" + file + "\", line " + number,
                detail,
                "Correct this line; psql \"service=...\" reads the same file.");
    }

    private static List<String> lines(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw Conninfo.invalid(
                    "cannot read service file \"" + file + "\"",
                    e.getClass().getSimpleName(),
                    "Make it readable for the user who runs Relevo.");
        }
    }
}
