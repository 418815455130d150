package dev.relevo.torture;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** The faults, shuffled; when all have been dealt they are shuffled again. */
final class Deck {
    private final Random random;
    private final List<Fault> faults;
    private final List<Fault> rest = new ArrayList<>();
    private long seed;

    /**
     * A deck.
     *
     * @param chosen in that order, again and again, without shuffling; or null for all
     */
    Deck(Random random, @Nullable List<Fault> chosen) {
        this.random = random;
        this.faults = chosen == null ? List.of() : List.copyOf(chosen);
    }

    /** The next one that can be had here; what others would have drawn is drawn all the same. */
    Fault next() {
        while (true) {
            seed = random.nextInt(Integer.MAX_VALUE);
            if (rest.isEmpty()) {
                if (faults.isEmpty()) {
                    rest.addAll(List.of(Fault.values()));
                    Collections.shuffle(rest, random);
                } else {
                    rest.addAll(faults);
                }
            }
            Fault fault = rest.removeFirst();
            if (fault.isAvailable()) {
                return fault;
            }
        }
    }

    /** What the round with the last fault is left to. */
    long seed() {
        return seed;
    }
}
