package dev.relevo.cli.output;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * A line about what is going on: on a terminal it is written over again and again, elsewhere it
 * appears every few seconds.
 */
final class StatusLine {
    private static final Duration ON_TERMINAL = Duration.ofMillis(100);
    private static final Duration ELSEWHERE = Duration.ofSeconds(5);
    private static final int WIDTH = 100;
    private static final String CLEAR = "\r\u001b[K";

    private final Console console;
    private final boolean quiet;
    private final InstantSource clock;
    private Instant last;
    private boolean open;

    StatusLine(Console console, boolean quiet, InstantSource clock) {
        this.console = console;
        this.quiet = quiet;
        this.clock = clock;
        this.last = clock.instant();
    }

    /** Something begins: on a terminal it is shown at once. */
    void begin(String text) {
        last = clock.instant();
        if (!quiet && console.terminal()) {
            draw(text);
        }
    }

    /** It goes on; most of these are never seen. */
    void update(String text) {
        Instant now = clock.instant();
        Duration least = console.terminal() ? ON_TERMINAL : ELSEWHERE;
        if (quiet || Duration.between(last, now).compareTo(least) < 0) {
            return;
        }
        last = now;
        if (console.terminal()) {
            draw(text);
        } else {
            console.err().println(text);
        }
    }

    /** A line that stays. */
    void settle(String text) {
        if (quiet) {
            return;
        }
        console.err().println((open ? CLEAR : "") + text);
        open = false;
        console.err().flush();
    }

    /** Removes the line that does not stay, before something else is written. */
    void clear() {
        if (open) {
            console.err().print(CLEAR);
            console.err().flush();
            open = false;
        }
    }

    private void draw(String text) {
        console.err().print(CLEAR + Texts.oneLine(text, WIDTH));
        console.err().flush();
        open = true;
    }
}
