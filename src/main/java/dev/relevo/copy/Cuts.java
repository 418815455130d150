package dev.relevo.copy;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a table is cut: ends of pieces, as parts of the whole.
 *
 * <p>The last quarter goes in quarters of a piece. The biggest pieces are taken first, so the small
 * ones are what is left when workers run out of work, and none waits long for another.
 */
record Cuts(List<Integer> ends, int whole) {
    private static final int FINE = 4;

    Cuts {
        ends = List.copyOf(ends);
    }

    /** So many pieces, and some more for the finer ones. */
    static Cuts of(int pieces) {
        List<Integer> ends = new ArrayList<>();
        int coarse = pieces < FINE ? pieces : pieces - pieces / FINE;
        for (int i = 1; i <= coarse; i++) {
            ends.add(i * FINE);
        }
        for (int i = coarse * FINE + 1; i <= pieces * FINE; i++) {
            ends.add(i);
        }
        return new Cuts(ends, pieces * FINE);
    }

    /** Where pieces end but for the last: strictly increasing places from 1 to {@code size - 1}. */
    List<Long> inner(long size) {
        List<Long> places = new ArrayList<>();
        long last = 0;
        for (int end : ends) {
            long place = size * end / whole;
            if (place > last && place < size) {
                places.add(place);
                last = place;
            }
        }
        return places;
    }
}
