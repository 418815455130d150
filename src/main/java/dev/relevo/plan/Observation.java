package dev.relevo.plan;

/** What the servers say about a step. The servers are the truth; the journal is only history. */
public sealed interface Observation {
    /** Not done, or begun and not finished: {@link Step#apply} will do it, or do the rest. */
    record Pending() implements Observation {}

    /** Done; the evidence is one line for people. */
    record Done(String evidence) implements Observation {}

    /**
     * Neither: somebody changed what the step had done, or something stands in its place. Relevo
     * does not guess, it stops and says what it saw.
     */
    record Drifted(String what, String hint) implements Observation {}
}
