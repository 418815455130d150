package dev.relevo.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.relevo.cli.config.Connections;
import dev.relevo.cli.output.Console;
import dev.relevo.lab.Demo;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Secret;
import dev.relevo.upgrade.Settings;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Runs the command line as a person would, with everything it says caught. */
final class Cli {
    final Map<String, String> environment = new HashMap<>();
    final List<Settings> seen = new ArrayList<>();
    Commands commands = new Answers();
    Supplier<Demo> demo =
            () -> {
                throw new IllegalStateException("no demo in this test");
            };
    @Nullable Deque<String> keyboard;

    private final Path directory;

    Cli(Path directory) {
        this.directory = directory;
        environment.put("RELEVO_OLD", "host=old");
        environment.put("RELEVO_NEW", "host=new");
    }

    record Result(int status, String out, String err) {}

    /** As if somebody sat at a terminal and typed these lines when asked. */
    Cli typing(String... lines) {
        keyboard = new ArrayDeque<>(List.of(lines));
        return this;
    }

    Result run(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Deque<String> typed = keyboard;
        Console console =
                new Console(
                        new PrintStream(out, true, UTF_8),
                        new PrintStream(err, true, UTF_8),
                        false,
                        false,
                        false,
                        typed == null ? null : typed::poll);
        App app =
                new App(
                        console,
                        environment,
                        directory,
                        new Names(),
                        settings -> {
                            seen.add(settings);
                            return commands;
                        },
                        demo,
                        () -> Instant.EPOCH,
                        new Interruption());
        int status = Main.run(app, args);
        return new Result(status, out.toString(UTF_8), err.toString(UTF_8));
    }

    /** {@code host=NAME} and nothing else: parsing is tested where it is done. */
    private static final class Names implements Connections {
        @Override
        public Endpoint server(String conninfo, Consumer<String> warning) {
            return new Endpoint(
                    conninfo.replaceFirst("^host=", ""), 5432, "shop", "me", Secret.NONE, Map.of());
        }

        @Override
        public Endpoint seenFromServer(String conninfo, Consumer<String> warning) {
            // The user's name, where the string has none.
            return server(conninfo, warning).withDatabase("me");
        }
    }
}
