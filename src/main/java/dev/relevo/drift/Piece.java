package dev.relevo.drift;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One object of a schema, as {@link Portrait} shows it.
 *
 * @param kind what it is, in PostgreSQL's words: {@code table}, {@code column}, {@code index}
 * @param name with its schema, quoted, and unique among its kind
 * @param traits what it is like; an attribute that it does not have is not there
 * @param made the statement that makes it; nothing where one statement does not, or where nobody
 *     can know what rows would hold
 * @param gone the statement that drops it, without CASCADE; nothing where it goes with another one
 * @param sets by attribute, the statement that gives it to one that is there already
 * @param rowsOf the table whose rows go with it, quoted
 */
record Piece(
        String kind,
        String name,
        SortedMap<String, String> traits,
        Optional<String> made,
        Optional<String> gone,
        Map<String, String> sets,
        Optional<String> rowsOf) {

    Piece {
        traits = Collections.unmodifiableSortedMap(new TreeMap<>(traits));
        sets = Map.copyOf(sets);
    }

    /** For people, and to find the same object in another database. */
    String title() {
        return kind + " " + name;
    }
}
