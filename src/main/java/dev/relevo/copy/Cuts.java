package dev.relevo.copy;

import java.util.ArrayList;
import java.util.List;

/**
 * How a table is cut.
 *
 * <p>The last quarter goes in quarters of a piece. The biggest pieces are taken first, so the small
 * ones are what is left when workers run out of work, and none waits long for another. Pieces of
 * one size are taken in their order, so that rows keep the order they have, about.
 */
final class Cuts {
    private static final int FINE = 4;

    private Cuts() {}

    /**
     * A piece.
     *
     * @param from its first place
     * @param end the first place behind it
     * @param share of all of the table; exactly the same for all pieces of a size
     */
    record Piece(long from, long end, double share) {}

    /**
     * Cuts a table of so many places.
     *
     * @param wanted into about so many pieces, and some more for the finer ones; fewer when there
     *     are not as many places
     */
    static List<Piece> cut(long places, int wanted) {
        List<Piece> pieces = new ArrayList<>();
        int coarse = wanted < FINE ? wanted : wanted - wanted / FINE;
        long whole = (long) wanted * FINE;
        long from = 0;
        long begun = 0;
        long done = 0;
        while (done < whole) {
            done += done < (long) coarse * FINE ? FINE : 1;
            long end = places * done / whole;
            if (end > from) {
                pieces.add(new Piece(from, end, (double) (done - begun) / whole));
                from = end;
                begun = done;
            }
        }
        return pieces;
    }
}
