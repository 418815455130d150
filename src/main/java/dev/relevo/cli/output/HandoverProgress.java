package dev.relevo.cli.output;

import dev.relevo.handover.HandoverEvent;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One line per step of a handover, and who is waited for. */
public final class HandoverProgress implements Consumer<HandoverProgress.Stamped> {
    private final StatusLine line;
    private @Nullable String step;
    private Instant since = Instant.EPOCH;

    /** An event and when it happened, which is not when it is shown. */
    public record Stamped(HandoverEvent event, Instant at) {}

    public HandoverProgress(Console console, boolean quiet, InstantSource clock) {
        this.line = new StatusLine(console, quiet, clock);
    }

    @Override
    public synchronized void accept(Stamped stamped) {
        HandoverEvent event = stamped.event();
        if (event.step().isEmpty()) {
            line.settle("  note: " + event.note());
            return;
        }
        String note = event.note().isEmpty() ? "" : ": " + event.note();
        if (event.step().equals(step)) {
            line.update("  " + event.step() + note);
            return;
        }
        settle(stamped.at());
        step = event.step();
        since = stamped.at();
        line.begin("  " + event.step() + note);
    }

    /** The last step ended, well or not. */
    public synchronized void end(Instant at) {
        settle(at);
        line.clear();
    }

    private void settle(Instant at) {
        if (step != null) {
            double ms = Duration.between(since, at).toNanos() / 1e6;
            line.settle(
                    String.format(java.util.Locale.ROOT, "  %-52s %9s", step, Texts.millis(ms)));
            step = null;
        }
    }
}
