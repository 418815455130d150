package dev.relevo.schema;

/** A kind of things that both sides are to have alike. Compares, and changes nothing. */
interface Part {
    /**
     * Adds to {@code found} what makes the side that follows like the one that serves. What parts
     * before this one have found is taken as carried out.
     */
    void compare(Sides sides, Remembered remembered, Amendments found);
}
