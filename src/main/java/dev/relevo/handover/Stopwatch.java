package dev.relevo.handover;

import dev.relevo.problem.Failpoint;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Takes the time of each step, and tells the listener when one begins. */
final class Stopwatch {
    private final Consumer<HandoverEvent> listener;
    private final long start = System.nanoTime();
    private final Map<Step, Long> begun = new EnumMap<>(Step.class);
    private final Map<Step, Long> ended = new EnumMap<>(Step.class);

    Stopwatch(Consumer<HandoverEvent> listener) {
        this.listener = listener;
    }

    void step(Step step, Runnable work) {
        // Telling people costs time that clients would wait: between read-only and open it is done
        // afterwards.
        if (step.compareTo(Step.READ_ONLY) < 0 || step == Step.TIDY) {
            listener.accept(new HandoverEvent(step.title(), ""));
        }
        long before = System.nanoTime();
        begun.put(step, before);
        work.run();
        ended.put(step, System.nanoTime());
        Failpoint.reach("handover/" + step.title().replace(' ', '-'));
    }

    /** That a step ended at {@code nanos}, which is before we came to know it. */
    void ended(Step step, long nanos) {
        ended.computeIfPresent(
                step, (_, known) -> Math.clamp(nanos, begun.getOrDefault(step, known), known));
    }

    void note(Step step, String note) {
        listener.accept(new HandoverEvent(step.title(), note));
    }

    /** From the beginning of one step to the end of another. */
    double millis(Step from, Step to) {
        return millis(begun.getOrDefault(from, start), ended.getOrDefault(to, System.nanoTime()));
    }

    HandoverReport report(String from, String to) {
        List<HandoverReport.Timing> timings = new ArrayList<>();
        ended.forEach((step, end) ->
                timings.add(
                        new HandoverReport.Timing(
                                step.title(), millis(begun.getOrDefault(step, end), end))));
        long readOnly = ended.getOrDefault(Step.READ_ONLY, start);
        return new HandoverReport(
                from,
                to,
                millis(readOnly, ended.getOrDefault(Step.DRAIN, readOnly)),
                millis(readOnly, ended.getOrDefault(Step.OPEN, readOnly)),
                millis(start, System.nanoTime()),
                timings);
    }

    private static double millis(long from, long to) {
        return Math.round((to - from) / 1e4) / 100.0;
    }
}
