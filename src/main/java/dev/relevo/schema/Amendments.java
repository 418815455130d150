package dev.relevo.schema;

import java.util.ArrayList;
import java.util.List;

/** What has to change on the side that follows, in the order in which it can, and what is left. */
public final class Amendments {
    private final List<Amendment> amendments = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    /** What is to be run there. */
    public List<Amendment> amendments() {
        return List.copyOf(amendments);
    }

    /** What was left as it is and why, a line each. */
    public List<String> notes() {
        return List.copyOf(notes);
    }

    void add(Amendment amendment) {
        amendments.add(amendment);
    }

    void note(String line) {
        if (!notes.contains(line)) {
            notes.add(line);
        }
    }
}
