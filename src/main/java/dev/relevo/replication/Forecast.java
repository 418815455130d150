package dev.relevo.replication;

import java.time.Duration;

/** Whether a subscriber will have caught up, and when. */
public sealed interface Forecast {

    /** It was not measured for long enough. */
    record Unknown() implements Forecast {}

    /** What is left is no more than what is always under way. */
    record KeepsUp() implements Forecast {}

    /** It comes closer, and will be there. */
    record CatchesUp(Duration left) implements Forecast {}

    /** It neither comes closer, by anything worth telling, nor falls behind. */
    record Stays() implements Forecast {}

    /** More is written than applied. */
    record FallsBehind(double bytesPerSecond) implements Forecast {}
}
