package dev.relevo.plan;

import java.util.List;

/** How a step is undone by {@code abort}. */
public sealed interface Reversal {
    /** It is undone by {@code action}, which may be run any number of times. */
    record Undo(List<Statement> statements, Runnable action) implements Reversal {
        public Undo {
            statements = List.copyOf(statements);
        }
    }

    /** It leaves no trace. */
    record Nothing() implements Reversal {}

    /** It cannot be undone. */
    record Impossible(String why) implements Reversal {}
}
