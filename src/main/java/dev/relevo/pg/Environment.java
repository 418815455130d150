package dev.relevo.pg;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What surrounds a client when it reads a connection string: passed in as a value, so that a test
 * decides it.
 *
 * @param variables the environment variables
 * @param home where {@code .pgpass} and {@code .pg_service.conf} are looked for
 * @param user the operating system's name for us, libpq's default role
 * @param socketDirectories where a local server's Unix socket is looked for, the first one first
 */
public record Environment(
        Map<String, String> variables, Path home, String user, List<Path> socketDirectories) {

    private static final List<Path> SOCKET_DIRECTORIES =
            List.of(Path.of("/var/run/postgresql"), Path.of("/tmp"));

    public Environment {
        variables = Map.copyOf(variables);
        socketDirectories = List.copyOf(socketDirectories);
    }

    /** The environment of this process. Like libpq, {@code HOME} wins over the user database. */
    public static Environment ofProcess() {
        Map<String, String> variables = System.getenv();
        String home = variables.getOrDefault("HOME", "");
        return new Environment(
                variables,
                Path.of(home.isEmpty() ? System.getProperty("user.home", "/") : home),
                System.getProperty("user.name", ""),
                SOCKET_DIRECTORIES);
    }

    /** A variable's value; set but empty is not the same as unset. */
    Optional<String> variable(String name) {
        return Optional.ofNullable(variables.get(name));
    }

    /** Names no variable's value: one of them may be {@code PGPASSWORD}. */
    @Override
    public String toString() {
        return "Environment[home=" + home + ", user=" + user + "]";
    }
}
