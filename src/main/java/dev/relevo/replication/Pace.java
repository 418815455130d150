package dev.relevo.replication;

import dev.relevo.pg.Size;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;

/**
 * How fast a subscriber goes, beside how fast the publisher does.
 *
 * @param behind bytes of write-ahead log that are still to be applied
 * @param rates nothing until they were measured for long enough
 */
public record Pace(long behind, Optional<Rates> rates) {
    /** So much is under way on any server that somebody writes to; not worth a forecast. */
    public static final long WORTH_A_FORECAST = 64L << 10;

    /** As long as confirmations may take when all is well, with some to spare. */
    private static final double UNDER_WAY_SECONDS = 1;

    /** Rates that differ by less are the same, as exactly as this can be measured. */
    private static final double SAME = 0.02;

    /** Nobody plans by what is said of a later time. */
    private static final double FORESEEABLE_SECONDS = 7 * 86_400.0;

    /** The farther below, the worse. */
    public static final Comparator<Pace> WORST_LAST =
            Comparator.<Pace>comparingInt(pace -> rank(pace.forecast()))
                    .thenComparing(pace ->
                            pace.forecast() instanceof Forecast.CatchesUp(Duration left)
                                    ? left
                                    : Duration.ZERO)
                    .thenComparingLong(Pace::behind);

    /**
     * In bytes of the publisher's write-ahead log a second.
     *
     * @param over the time between the two looks
     */
    public record Rates(double written, double applied, Duration over) {}

    /** Of a subscription that there is nothing to say of. */
    public static Pace unknown(long behind) {
        return new Pace(behind, Optional.empty());
    }

    private static int rank(Forecast forecast) {
        return switch (forecast) {
            case Forecast.KeepsUp() -> 0;
            case Forecast.CatchesUp(Duration _) -> 1;
            case Forecast.Unknown() -> 2;
            case Forecast.Stays() -> 3;
            case Forecast.FallsBehind(double _) -> 4;
        };
    }

    public Forecast forecast() {
        if (behind < WORTH_A_FORECAST) {
            return new Forecast.KeepsUp();
        }
        return rates.map(this::forecast).orElseGet(Forecast.Unknown::new);
    }

    private Forecast forecast(Rates measured) {
        if (behind <= measured.applied() * UNDER_WAY_SECONDS) {
            return new Forecast.KeepsUp();
        }
        double gain = measured.applied() - measured.written();
        double faster = Math.max(measured.applied(), measured.written());
        if (Math.abs(gain) <= faster * SAME) {
            return new Forecast.Stays();
        }
        if (gain < 0) {
            return new Forecast.FallsBehind(-gain);
        }
        double seconds = behind / gain;
        return seconds > FORESEEABLE_SECONDS
                ? new Forecast.Stays()
                : new Forecast.CatchesUp(Duration.ofMillis(Math.round(seconds * 1_000)));
    }

    /** Nothing at all was applied while it was measured. */
    public boolean standsStill() {
        return behind >= WORTH_A_FORECAST && rates.filter(r -> r.applied() <= 0).isPresent();
    }

    /** {@code caught up in about 3 min}. */
    public String outlook() {
        return switch (forecast()) {
            case Forecast.Unknown() -> "when it will have caught up is unknown";
            case Forecast.KeepsUp() -> "keeps up";
            case Forecast.CatchesUp(Duration left) -> "caught up in about " + about(left);
            case Forecast.Stays() -> "comes no closer";
            case Forecast.FallsBehind(double by) ->
                    "falls behind by " + rate(by) + ": it will not catch up";
        };
    }

    /** {@code 1.2 MB/s written, 5.0 MB/s applied: caught up in about 3 min}. */
    public String text() {
        return rates.map(r ->
                        "%s written, %s applied: ".formatted(rate(r.written()), rate(r.applied())))
                        .orElse("")
                + outlook();
    }

    private static String rate(double bytesPerSecond) {
        return Size.text(Math.round(bytesPerSecond)) + "/s";
    }

    /** One number and one unit: it is a forecast. */
    static String about(Duration left) {
        double seconds = left.toMillis() / 1_000.0;
        if (seconds < 90) {
            return Math.max(1, Math.round(seconds)) + " s";
        }
        if (seconds < 90 * 60) {
            return Math.round(seconds / 60) + " min";
        }
        return seconds < 36 * 3_600
                ? Math.round(seconds / 3_600) + " h"
                : Math.round(seconds / 86_400) + " days";
    }
}
