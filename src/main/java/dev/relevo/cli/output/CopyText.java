package dev.relevo.cli.output;

import dev.relevo.cli.config.Durations;
import dev.relevo.copy.JoinCopy;
import dev.relevo.copy.Standing;

/** The initial copy in words. */
public final class CopyText {
    private CopyText() {}

    /** What a helper did. */
    public static String of(JoinCopy.Share share) {
        return "Copied %s (%s, %s) and built %s. No piece of the copy is left."
                .formatted(
                        Texts.plural(share.chunks(), "chunk"),
                        Texts.plural(share.rows(), "row"),
                        Texts.bytes(share.bytes()),
                        share.indexes() == 1
                                ? "1 index"
                                : Texts.count(share.indexes()) + " indexes");
    }

    /** Percent, bytes, rate, and what is left at that rate. */
    static String amount(Standing at) {
        return percent(at.bytesDone(), at.bytes())
                + ", "
                + Texts.bytes(at.bytesDone())
                + " of "
                + Texts.bytes(at.bytes())
                + (at.bytesPerSecond() < 1
                        ? ""
                        : ", " + Texts.bytes((long) at.bytesPerSecond()) + "/s")
                + at.left().map(l -> ", about " + Durations.text(l) + " left").orElse("");
    }

    /** Which index, in which phase, how far. */
    static String building(Standing.Building index) {
        return Texts.oneLine(index.statement(), 60)
                + ": "
                + index.phase()
                + (index.total() > 0 ? ", " + percent(index.done(), index.total()) : "");
    }

    private static String percent(long done, long total) {
        return (total > 0 ? Math.min(100, done * 100 / total) : 100) + " %";
    }
}
