package dev.relevo.upgrade;

import dev.relevo.copy.Snapshots;
import dev.relevo.pg.Session;
import dev.relevo.replication.Lag;
import dev.relevo.replication.Node;
import dev.relevo.replication.Snapshot;
import java.util.Optional;

/** The copy takes its snapshot from the slot that replication will go on from. */
record SnapshotOnOld(Node old) implements Snapshots {
    @Override
    public Optional<Source> held() {
        return Snapshot.held(old).map(held -> new Source(held.copy(), held.id()));
    }

    @Override
    public Optional<String> copy() {
        return Snapshot.copy(old);
    }

    @Override
    public long retainedBytes() {
        try (Session session = old.open("status")) {
            return Lag.retained(session, old.slot());
        }
    }

    @Override
    public void release() {
        Snapshot.release(old);
    }
}
