package dev.relevo.cli;

import dev.relevo.cli.output.Console;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Looks at what the standard streams are connected to. */
final class Terminal {
    private Terminal() {}

    static Console console(Map<String, String> environment) {
        boolean terminal = is(2);
        boolean color =
                terminal
                        && environment.getOrDefault("NO_COLOR", "").isEmpty()
                        && !environment.getOrDefault("TERM", "dumb").equals("dumb");
        return new Console(
                stream(FileDescriptor.out),
                stream(FileDescriptor.err),
                terminal,
                is(1),
                color,
                terminal && is(0) ? keyboard() : null);
    }

    /** UTF-8 whatever the locale: the bars and arrows are not ASCII. */
    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }

    private static Supplier<@Nullable String> keyboard() {
        BufferedReader reader =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        return () -> {
            try {
                return reader.readLine();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    /** Whether standard output goes into a pipe, whose reader may leave. */
    static boolean isPipe() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/1"))
                    .toString()
                    .startsWith("pipe:");
        } catch (IOException e) {
            return true; // not Linux: nobody knows, and a reader that left is the usual reason
        }
    }

    /** Java tells only of input and output together; /proc tells of each. */
    private static boolean is(int descriptor) {
        Path link = Path.of("/proc/self/fd/" + descriptor);
        if (Files.exists(Path.of("/proc/self/fd"))) {
            try {
                String target = Files.readSymbolicLink(link).toString();
                return target.startsWith("/dev/pts/")
                        || target.startsWith("/dev/tty")
                        || target.equals("/dev/console");
            } catch (IOException e) {
                return false;
            }
        }
        return Optional.ofNullable(System.console()).map(java.io.Console::isTerminal).orElse(false);
    }
}
