package dev.relevo.lab;

import dev.relevo.handover.HandoverReport;
import java.util.List;

/**
 * What was promised to the clients, held against both servers.
 *
 * @param oldVersion of the old server
 * @param newVersion of the new server
 * @param serving the server that the clients wrote to last
 * @param other the one that followed it
 */
record Reckoning(String oldVersion, String newVersion, Tally serving, Tally other) {

    static Reckoning of(LoadReport report, LabServer old, LabServer fresh, boolean endsOnNew) {
        Tally onOld = Tally.of(old.superuser("pgbench"), report.acknowledged());
        Tally onNew = Tally.of(fresh.superuser("pgbench"), report.acknowledged());
        return new Reckoning(
                old.version().toString(),
                fresh.version().toString(),
                endsOnNew ? onNew : onOld,
                endsOnNew ? onOld : onNew);
    }

    boolean balanced() {
        return serving.balance().holds()
                && other.balance().holds()
                && serving.balance().equals(other.balance());
    }

    long lost() {
        return Math.max(serving.lost(), other.lost());
    }

    long duplicated() {
        return Math.max(serving.duplicated(), other.duplicated());
    }

    String verdict() {
        return "%,d rows of history here, %,d there; sums %s"
                .formatted(serving.rows(), other.rows(), balanced() ? "agree" : "DIFFER");
    }

    DemoReport report(
            DemoOptions options,
            LoadKind kind,
            LoadReport load,
            double baselineLongestMs,
            double longestMs,
            List<HandoverReport> handovers) {
        return new DemoReport(
                oldVersion,
                newVersion,
                kind.name().toLowerCase(java.util.Locale.ROOT),
                options.clients(),
                load.counters().committed(),
                load.counters().failed() + load.counters().unknown(),
                lost(),
                duplicated(),
                Math.max(serving.unknownCommitted(), other.unknownCommitted()),
                balanced(),
                baselineLongestMs,
                longestMs,
                load.complaints(),
                handovers);
    }
}
