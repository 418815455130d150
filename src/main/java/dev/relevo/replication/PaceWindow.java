package dev.relevo.replication;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * The last samples of one subscription, and the rates between the first and the last of them.
 *
 * <p>Confirmations come in jumps of some tenths of a second, so as much as there is of the last
 * quarter of a minute counts; more would tell for too long of a load that has ended.
 */
public final class PaceWindow {
    static final Duration LENGTH = Duration.ofSeconds(15);
    static final Duration ENOUGH = Duration.ofMillis(500);

    private final Deque<Sample> samples = new ArrayDeque<>();

    /**
     * Takes a sample. One that cannot come after those before, because the slot was made anew, the
     * subscriber lost in a crash what it had, or a clock was set back, begins a window of its own.
     *
     * @return the pace as it is now
     */
    public Pace add(Sample sample) {
        if (!samples.isEmpty() && !sample.follows(samples.getLast())) {
            samples.clear();
        }
        samples.addLast(sample);
        while (samples.size() > 2
                && Duration.between(samples.getFirst().at(), sample.at()).compareTo(LENGTH) > 0) {
            samples.removeFirst();
        }
        return new Pace(sample.behind(), rates(samples.getFirst(), sample));
    }

    private static Optional<Pace.Rates> rates(Sample first, Sample last) {
        Duration over = Duration.between(first.at(), last.at());
        if (over.compareTo(ENOUGH) < 0) {
            return Optional.empty();
        }
        double seconds = over.toNanos() / 1e9;
        return Optional.of(
                new Pace.Rates(
                        last.written().minus(first.written()) / seconds,
                        last.applied().minus(first.applied()) / seconds,
                        over));
    }
}
