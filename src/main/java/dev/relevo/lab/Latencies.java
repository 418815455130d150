package dev.relevo.lab;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import org.HdrHistogram.Histogram;

/**
 * How long clients waited, from the moment a client wanted a transaction, connecting included, to
 * the moment it was over.
 */
public final class Latencies {
    private final Histogram histogram = new Histogram(3);
    private long[] ends = new long[4096];
    private long[] durations = new long[4096];
    private int size;

    Latencies() {}

    /** One transaction, ended at {@code endMicros} since 1970 after {@code durationMicros}. */
    synchronized void record(long endMicros, long durationMicros) {
        if (size == ends.length) {
            ends = Arrays.copyOf(ends, size * 2);
            durations = Arrays.copyOf(durations, size * 2);
        }
        ends[size] = endMicros;
        durations[size++] = durationMicros;
        histogram.recordValue(Math.max(0, durationMicros));
    }

    /** The longest among those under way at any time in between, in milliseconds. */
    public synchronized double longestMs(Instant from, Instant to) {
        long first = micros(from);
        long last = micros(to);
        long longest = 0;
        for (int i = 0; i < size; i++) {
            if (ends[i] >= first && ends[i] - durations[i] <= last) {
                longest = Math.max(longest, durations[i]);
            }
        }
        return longest / 1000.0;
    }

    /** The longest of all, in milliseconds. */
    public synchronized double longestMs() {
        return histogram.getMaxValue() / 1000.0;
    }

    /** For example 99 for the time, in milliseconds, that 99 of 100 did not exceed. */
    public synchronized double percentileMs(double percentile) {
        return histogram.getValueAtPercentile(percentile) / 1000.0;
    }

    public synchronized int count() {
        return size;
    }

    static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }
}
