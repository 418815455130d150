package dev.relevo.catalog;

/** What is left to do when changes that a server followed are lost to it. */
public final class LostChanges {
    /** While the new server follows: it can only be copied again. */
    public static final String NEW_COPY =
            "A new copy is needed: run relevo abort, then relevo start.";

    private static final String NO_WAY_BACK =
            "Rollback is no longer possible: run relevo finish to stay on the new server.";

    private LostChanges() {}

    /** The command that goes on from there, by the side that followed. */
    public static String remedy(Side follower) {
        return follower == Side.NEW ? NEW_COPY : NO_WAY_BACK;
    }

    /** Whether a problem ends with such a remedy: no other one helps. */
    public static boolean areMeantBy(String problem) {
        return problem.endsWith(NEW_COPY) || problem.endsWith(NO_WAY_BACK);
    }
}
