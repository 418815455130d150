package dev.relevo.lab;

import java.time.Duration;
import java.util.List;

/**
 * One kill, and what it cost.
 *
 * @param what exactly was killed
 * @param at since {@code relevo start} was given first
 * @param back until as many workers as before were at work again
 * @param pieces that were under way, or done and not durable, and had to be done again
 * @param bytes of rows that were copied for nothing
 * @param work of these pieces: what workers had spent on them, all together
 * @param said what {@code start} ended with, each time it had to be given again
 */
public record Struck(
        Kill kill,
        String what,
        Duration at,
        Duration back,
        int pieces,
        long bytes,
        Duration work,
        List<String> said) {
    public Struck {
        said = List.copyOf(said);
    }
}
