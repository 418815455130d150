package dev.relevo.drift;

import java.util.List;

/** What makes an object on the side that follows like the one on the side that serves. */
public sealed interface Remedy {
    /**
     * Statements that do it, in one transaction.
     *
     * @param sql what is tried first
     * @param anew what is tried when that is refused: drops the object and makes it anew; may be
     *     empty
     * @param turn when it is due
     */
    record Statements(List<String> sql, List<String> anew, Turn turn) implements Remedy {
        public Statements {
            sql = List.copyOf(sql);
            anew = List.copyOf(anew);
        }
    }

    /** What is dropped may stand in the way of what is made, and that of what is set on it. */
    enum Turn {
        DROPS,
        MAKES,
        SETS
    }

    /**
     * Nothing to do for it: it comes or goes with another object.
     *
     * @param with that object
     */
    record With(String with) implements Remedy {}

    /**
     * Nothing that Relevo may do by itself.
     *
     * @param why a sentence that also says what a person can do
     */
    record None(String why) implements Remedy {}
}
