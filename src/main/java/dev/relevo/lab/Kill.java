package dev.relevo.lab;

/** What is killed in the middle of a copy. */
public enum Kill {
    /** {@code relevo start}, by {@code kill -9}; the same command is given again. */
    RELEVO("relevo start, kill -9"),
    /** {@code relevo copy-worker}, by {@code kill -9}; another one is started. */
    WORKER("relevo copy-worker, kill -9"),
    /** The new server stops as in a crash, and is started. */
    NEW_SERVER("new server, crash"),
    /** The old server likewise; the snapshot goes with it, so the copy begins anew. */
    OLD_SERVER("old server, crash"),
    /** A worker's backend on one of the servers is terminated. */
    BACKEND("backend of a worker, terminated"),
    /** Every connection of {@code relevo start} to one of the servers is cut. */
    NETWORK("network to one server, cut");

    private final String what;

    Kill(String what) {
        this.what = what;
    }

    /** For people. */
    public String what() {
        return what;
    }
}
