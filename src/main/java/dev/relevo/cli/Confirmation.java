package dev.relevo.cli;

import dev.relevo.cli.output.Console;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The question before what cannot be taken back, and the option that answers it. */
final class Confirmation {
    @Option(
            names = {"-y", "--yes"},
            description = "Do not ask.")
    private boolean yes;

    /**
     * Refuses to begin what could not be confirmed later.
     *
     * @param asks what this command asks before, as in "this command asks before it …"
     */
    void mustBeAnswerable(Console console, String asks) {
        if (!yes && console.keyboard() == null) {
            throw problem(
                    "this command asks before it " + asks + ", and there is no terminal",
                    "Give --yes to go ahead without being asked.");
        }
    }

    /** Asks, unless that was answered on the command line. */
    void confirm(Console console, String question, String refused) {
        Supplier<@Nullable String> keyboard = console.keyboard();
        if (yes || keyboard == null) {
            return;
        }
        console.err().print(question + " [y/N] ");
        console.err().flush();
        String answer = keyboard.get();
        String word = answer == null ? "" : answer.strip().toLowerCase(Locale.ROOT);
        if (!word.equals("y") && !word.equals("yes")) {
            throw problem(
                    "not confirmed: " + refused, "Give the same command again when it suits.");
        }
    }

    private static ProblemException problem(String message, String hint) {
        return new Problem(ExitStatus.USAGE, "not-confirmed", message, "", hint).toException();
    }
}
