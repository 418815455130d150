package dev.relevo.cli.output;

import dev.relevo.cli.config.Durations;
import dev.relevo.lab.Demo;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One line per step of the demo, and a breath before each when there is something to explain. */
public final class DemoProgress implements Demo.Audience {
    private final Console console;
    private final StatusLine line;
    private final boolean pause;

    public DemoProgress(Console console, boolean quiet, InstantSource clock, boolean pause) {
        this.console = console;
        this.line = new StatusLine(console, quiet, clock);
        this.pause = pause;
    }

    @Override
    public void began(String title) {
        Supplier<@Nullable String> keyboard = console.keyboard();
        if (pause && keyboard != null) {
            line.clear();
            console.err().print("Enter: " + title + " ");
            console.err().flush();
            var _ = keyboard.get();
        }
        line.begin(title + " …");
    }

    @Override
    public void moved(String note) {
        line.update("  " + note);
    }

    @Override
    public void ended(String title, String evidence, Duration took) {
        String tail = evidence.isEmpty() ? "" : "  " + console.dim(Texts.oneLine(evidence, 70));
        line.settle(String.format(Locale.ROOT, "%-52s %9s%s", title, Durations.text(took), tail));
    }
}
