package dev.relevo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/** Signals for child processes. */
public final class Signals {
    private Signals() {}

    /**
     * The command, with SIGINT as it is for a program that is started at a terminal: what a script
     * starts in the background ignores it, and so do its children, the tests' included.
     */
    public static List<String> interruptible(String... command) {
        return Stream.concat(Stream.of("env", "--default-signal=INT"), Stream.of(command)).toList();
    }

    /** Sends it, by its name without "SIG". */
    public static void send(String signal, Process process)
            throws IOException, InterruptedException {
        assertThat(
                        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                                .start()
                                .waitFor())
                .isZero();
    }
}
