package dev.relevo.cli.output;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Foretells when a step will be done from how fast it was lately.
 *
 * <p>Only the last half minute counts: a copy that begins with small tables would otherwise promise
 * too much for an hour. Work that was done before this process began does not count as speed.
 */
final class Eta {
    private static final Duration WINDOW = Duration.ofSeconds(30);
    private static final Duration ENOUGH = Duration.ofSeconds(2);

    private final Deque<Sample> samples = new ArrayDeque<>();
    private long total = -1;

    private record Sample(long done, Duration at) {}

    /**
     * Takes a sample.
     *
     * @return what is left, once there is enough to say so
     */
    Optional<Duration> sample(long done, long newTotal, Duration at) {
        Sample last = samples.peekLast();
        if (newTotal != total || (last != null && done < last.done())) {
            samples.clear();
            total = newTotal;
        }
        samples.addLast(new Sample(done, at));
        while (samples.size() > 2 && at.minus(samples.getFirst().at()).compareTo(WINDOW) > 0) {
            samples.removeFirst();
        }
        Sample first = samples.getFirst();
        Duration span = at.minus(first.at());
        long moved = done - first.done();
        if (total <= 0 || done > total || moved <= 0 || span.compareTo(ENOUGH) < 0) {
            return Optional.empty();
        }
        return Optional.of(Duration.ofMillis((total - done) * span.toMillis() / moved));
    }
}
