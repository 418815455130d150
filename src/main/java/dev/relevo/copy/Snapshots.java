package dev.relevo.copy;

import java.util.Optional;

/** Where the snapshot of the copy comes from. */
public interface Snapshots {
    /**
     * A snapshot of the old database.
     *
     * @param copy a name of its own for what is copied in it
     * @param id for {@code SET TRANSACTION SNAPSHOT}
     */
    record Source(String copy, String id) {}

    /** The snapshot that can be imported now. */
    Optional<Source> held();

    /** The name of the copy that was begun last, whether its snapshot is still held or not. */
    Optional<String> copy();

    /** Write-ahead log that the old server keeps for what happens since the snapshot. */
    long retainedBytes();

    /** All data are on the new server for good: nobody needs the snapshot any more. */
    void release();
}
