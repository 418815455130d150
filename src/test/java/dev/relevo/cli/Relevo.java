package dev.relevo.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.relevo.cli.config.LibpqConnections;
import dev.relevo.cli.output.Console;
import dev.relevo.pg.Environment;
import dev.relevo.upgrade.Upgrade;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** The command line put together as {@link Main} does it, with everything it says caught. */
public final class Relevo {
    /** Who is at work, as a second operator is told. */
    public static final String OPERATOR = "ann@ops";

    private final Path directory;
    private final Map<String, String> environment;

    /**
     * A shell to type commands in.
     *
     * @param directory where the person is, and where {@code HOME} is
     * @param environment the variables, and no others
     */
    public Relevo(Path directory, Map<String, String> environment) {
        this.directory = directory;
        this.environment = environment;
    }

    /** What a command said and ended with. */
    public record Result(int status, String out, String err) {
        /** All of it. */
        public String all() {
            return out + err;
        }
    }

    /** Runs one command without a terminal. */
    public Result run(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console =
                new Console(
                        new PrintStream(out, true, UTF_8),
                        new PrintStream(err, true, UTF_8),
                        false,
                        false,
                        false,
                        null);
        App app =
                new App(
                        console,
                        environment,
                        directory,
                        new LibpqConnections(
                                new Environment(environment, directory, "ann", List.of())),
                        settings -> new Commands.Real(new Upgrade(settings, OPERATOR)),
                        () -> {
                            throw new IllegalStateException("no demo in this test");
                        },
                        InstantSource.system(),
                        new Interruption());
        int status = Main.run(app, args);
        return new Result(status, out.toString(UTF_8), err.toString(UTF_8));
    }
}
