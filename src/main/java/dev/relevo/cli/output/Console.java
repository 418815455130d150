package dev.relevo.cli.output;

import java.io.PrintStream;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The streams of the process and what is on their other end.
 *
 * @param out results, and nothing else
 * @param err progress, questions, errors
 * @param terminal whether {@code err} is a terminal, where a line may be written over
 * @param screen whether {@code out} is a terminal, where a page may be drawn again
 * @param color whether colours are wanted where they are shown
 * @param keyboard reads one line from the person at the terminal, null at its end; null itself when
 *     nobody sits there
 */
public record Console(
        PrintStream out,
        PrintStream err,
        boolean terminal,
        boolean screen,
        boolean color,
        @Nullable Supplier<@Nullable String> keyboard) {

    private static final String HIDE_CURSOR = "\u001b[?25l";
    private static final String SHOW_CURSOR = "\u001b[?25h";

    /** The same with or without colours. */
    public Console withColor(boolean wanted) {
        return new Console(out, err, terminal, screen, wanted, keyboard);
    }

    /** The same for text that goes to {@code out}: no colours into files and pipes. */
    public Console forResults() {
        return withColor(color && screen);
    }

    public String red(String text) {
        return paint("31;1", text);
    }

    public String yellow(String text) {
        return paint("33;1", text);
    }

    public String green(String text) {
        return paint("32", text);
    }

    public String dim(String text) {
        return paint("2", text);
    }

    private String paint(String code, String text) {
        return color ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }

    /** Whether something could not be written to {@link #out}: what read it may be gone. */
    public boolean isBroken() {
        return out.checkError();
    }

    /** Hides the cursor while a screen is redrawn; {@link #restore} brings it back. */
    public void hideCursor() {
        if (terminal) {
            err.print(HIDE_CURSOR);
            err.flush();
        }
    }

    /** Leaves the terminal as it was found. */
    public void restore() {
        if (terminal) {
            err.print("\r\u001b[K" + SHOW_CURSOR);
            err.flush();
        }
    }
}
