package dev.relevo.lab;

import java.util.List;

/**
 * What a load saw, once it is over.
 *
 * @param counters how its transactions ended
 * @param acknowledged what the clients were told, for {@link Tally}
 * @param latencies what they waited
 * @param complaints the first few different errors, for people
 */
public record LoadReport(
        Counters counters,
        Acknowledged acknowledged,
        Latencies latencies,
        List<String> complaints) {

    public LoadReport {
        complaints = List.copyOf(complaints);
    }
}
