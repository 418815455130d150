package dev.relevo.copy;

import dev.relevo.pg.Session;
import dev.relevo.plan.Progress;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;

/** Tells how far a copy is, once a second: all of it is more to ask than whether it is over. */
final class Reporter {
    private static final Duration PERIOD = Duration.ofSeconds(1);

    private final Snapshots snapshots;
    private final Progress progress;
    private long last = System.nanoTime() - PERIOD.toNanos();

    Reporter(Snapshots snapshots, Progress progress) {
        this.snapshots = snapshots;
        this.progress = progress;
    }

    /** Looks and tells, if it is time. */
    void look(Session fresh) {
        long now = System.nanoTime();
        if (now - last >= PERIOD.toNanos()) {
            last = now;
            Standing.read(fresh)
                    .ifPresent(at ->
                            progress.report(
                                    at.bytesDone(),
                                    at.bytes(),
                                    words(at, snapshots.retainedBytes())));
        }
    }

    private static String words(Standing at, long retained) {
        return String.format(
                Locale.ROOT,
                "bytes, %.1f MB/s; %d of %d tables; %d of %d indexes%s; %,d rows; %,d MB of WAL kept",
                at.bytesPerSecond() / (1 << 20),
                at.tablesDone(),
                at.tables(),
                at.indexesDone(),
                at.indexes(),
                at.building().stream()
                        .map(Reporter::words)
                        .collect(
                                Collectors.collectingAndThen(
                                        Collectors.joining(", "),
                                        all -> all.isEmpty() ? "" : " (" + all + ")")),
                at.rowsDone(),
                retained >> 20);
    }

    private static String words(Standing.Building index) {
        return "one of "
                + index.table()
                + (index.total() > 0 ? " " + index.done() * 100 / index.total() + " %" : "");
    }
}
