package dev.relevo.cli.output;

import dev.relevo.cli.config.Durations;
import dev.relevo.plan.Event;
import dev.relevo.plan.Step;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** One line per step with the time it took, and how far the long ones are. */
public final class StepProgress implements Consumer<Event> {
    private static final int TITLE = 52;

    private final Console console;
    private final StatusLine line;
    private final Map<String, Eta> etas = new HashMap<>();
    private final List<Outcome> outcomes = new ArrayList<>();

    /**
     * How a step ended.
     *
     * @param outcome {@code done}, {@code found} (it was done before) or {@code undone}
     * @param ms how long it took, 0 when it was found
     */
    public record Outcome(String id, String title, String outcome, String evidence, double ms) {}

    public StepProgress(Console console, boolean quiet, InstantSource clock) {
        this.console = console;
        this.line = new StatusLine(console, quiet, clock);
    }

    /** Every step that ended, in order. */
    public synchronized List<Outcome> outcomes() {
        return List.copyOf(outcomes);
    }

    /** Leaves the terminal with a fresh line. */
    public synchronized void clear() {
        line.clear();
    }

    @Override
    public synchronized void accept(Event event) {
        switch (event) {
            case Event.Started(Step step, int number, int total) ->
                    line.begin(place(number, total) + step.title() + " …");
            case Event.Found(Step step, int number, int total, String evidence) -> {
                outcomes.add(new Outcome(step.id(), step.title(), "found", evidence, 0));
                line.settle(row(place(number, total), step.title(), "done before", evidence));
            }
            case Event.Moved(Step step, long done, long total, String what, Duration elapsed) ->
                    line.update(
                            "        "
                                    + step.id()
                                    + ": "
                                    + moved(step, done, total, what, elapsed));
            case Event.Finished(
                            Step step,
                            int number,
                            int total,
                            String evidence,
                            Duration took) -> {
                outcomes.add(outcome(step, "done", evidence, took));
                line.settle(
                        row(place(number, total), step.title(), Durations.text(took), evidence));
            }
            case Event.Noted(String note) -> line.settle("        note: " + note);
            case Event.Undone(Step step, Duration took) -> {
                outcomes.add(outcome(step, "undone", "", took));
                line.settle(row("undone  ", step.title(), Durations.text(took), ""));
            }
        }
    }

    private static Outcome outcome(Step step, String how, String evidence, Duration took) {
        return new Outcome(step.id(), step.title(), how, evidence, took.toNanos() / 1e6);
    }

    /** What stands behind the first semicolon comes last: a terminal may cut it off. */
    private String moved(Step step, long done, long total, String what, Duration elapsed) {
        Optional<Duration> left =
                etas.computeIfAbsent(step.id(), id -> new Eta()).sample(done, total, elapsed);
        boolean bytes = what.startsWith("bytes");
        String said = bytes ? what.substring("bytes".length()) : " " + what;
        int more = said.indexOf(';');
        String thing = more < 0 ? said : said.substring(0, more);
        String rest = more < 0 ? "" : said.substring(more);
        String amount = bytes ? Texts.bytes(done) : Texts.count(done);
        if (total <= 0) {
            return amount + thing + ", " + Durations.text(elapsed) + " so far" + rest;
        }
        String whole = bytes ? Texts.bytes(total) : Texts.count(total);
        return Math.min(100, done * 100 / total)
                + " %, "
                + amount
                + " of "
                + whole
                + thing
                + left.map(l -> ", about " + Durations.text(l) + " left").orElse("")
                + rest;
    }

    private static String place(int number, int total) {
        return String.format(java.util.Locale.ROOT, "[%2d/%d] ", number, total);
    }

    private String row(String place, String title, String time, String evidence) {
        String tail = evidence.isEmpty() ? "" : "  " + console.dim(Texts.oneLine(evidence, 70));
        int pad = Math.max(1, TITLE - title.length() + 12 - time.length());
        return console.dim(place) + title + " ".repeat(pad) + time + tail;
    }
}
