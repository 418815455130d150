package dev.relevo.lab;

import dev.relevo.handover.HandoverReport;
import java.util.List;

/**
 * How a demo went: the promise, counted. All times in milliseconds.
 *
 * @param oldVersion full version of the old server
 * @param newVersion full version of the new server
 * @param load {@code pgbench}, {@code jdbc} or {@code pool}: what really ran
 * @param clients how many clients wrote at once
 * @param transactions how many the clients saw commit
 * @param failed how many ended with an error
 * @param lost how many were seen to commit and are not there
 * @param duplicated how many are there more than once
 * @param unknownCommitted commits that got no answer and are there all the same
 * @param balanced whether accounts, tellers, branches and history add up alike on both servers
 * @param baselineLongestMs the longest transaction before the first handover
 * @param longestMs the longest transaction over the handovers
 * @param complaints the first few different errors that clients saw
 * @param handovers each handover in order
 */
public record DemoReport(
        String oldVersion,
        String newVersion,
        String load,
        int clients,
        long transactions,
        long failed,
        long lost,
        long duplicated,
        long unknownCommitted,
        boolean balanced,
        double baselineLongestMs,
        double longestMs,
        List<String> complaints,
        List<HandoverReport> handovers) {

    public DemoReport {
        complaints = List.copyOf(complaints);
        handovers = List.copyOf(handovers);
    }

    /**
     * Errors the promise allows: none, except one per lasting connection and handover, because no
     * server can move a connection without closing it once.
     */
    public long allowedFailures() {
        return load.equals("pool") ? (long) clients * handovers.size() : 0;
    }

    /** Whether nothing failed that may not, nothing was lost, nothing doubled, and all adds up. */
    public boolean promiseKept() {
        return failed <= allowedFailures()
                && lost == 0
                && duplicated == 0
                && unknownCommitted == 0
                && balanced;
    }
}
