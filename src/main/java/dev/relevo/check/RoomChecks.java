package dev.relevo.check;

import java.util.ArrayList;
import java.util.List;

/** Whether the lock tables and the connections of both servers are enough. */
final class RoomChecks {
    private RoomChecks() {}

    /** When the lock table is full, whoever asks next fails: a client as well as Relevo. */
    static final class Locks implements Check {
        @Override
        public String id() {
            return "lock-table";
        }

        @Override
        public List<Finding> find(Probe probe) {
            Room old = Room.of(probe.old());
            Room fresh = Room.of(probe.fresh());
            // The schema is made in one transaction, in which each relation stays locked; a TOAST
            // table is locked with its index.
            long schema = probe.context().begun() ? 0 : old.made() + old.made() / 2;
            List<Finding> found = new ArrayList<>();
            judge(probe.both().getFirst(), old, old.handover(old.moved()), found);
            judge(
                    probe.both().getLast(),
                    fresh,
                    Math.max(schema, fresh.handover(old.moved())),
                    found);
            return found;
        }

        private void judge(Probe.Named side, Room room, long needed, List<Finding> found) {
            // A tenth for what comes and goes meanwhile.
            long wanted = (needed + room.held()) * 11 / 10;
            if (wanted > room.capacity()) {
                found.add(
                        Probe.error(
                                id(),
                                "the lock table of the %s server has room for %d locks, %d are needed"
                                        .formatted(side.name(), room.capacity(), wanted),
                                "max_locks_per_transaction is %d, for %d connections and prepared transactions; %d locks are held now, and an upgrade holds up to %d at once."
                                        .formatted(room.locks(), room.slots(), room.held(), needed),
                                "Run ALTER SYSTEM SET max_locks_per_transaction = %d; on the %s server, then restart it."
                                        .formatted(
                                                room.locksFor(wanted * 21 / 20 + 50),
                                                side.name())));
            }
        }
    }

    /** Relevo's own, and on the new server those of all clients. */
    static final class Connections implements Check {
        @Override
        public String id() {
            return "connections";
        }

        @Override
        public List<Finding> find(Probe probe) {
            Room old = Room.of(probe.old());
            Room fresh = Room.of(probe.fresh());
            List<Finding> found = new ArrayList<>();
            long onOld = probe.both().getFirst().needs().connections() + old.databases();
            long onNew = probe.both().getLast().needs().connections() + fresh.databases();
            judge(probe.both().getFirst(), old, onOld, 0, found);
            judge(probe.both().getLast(), fresh, onNew, old.here(), found);
            return found;
        }

        private void judge(
                Probe.Named side, Room room, long ours, long coming, List<Finding> found) {
            long needed = room.clients() + ours;
            if (needed > room.connections()) {
                found.add(
                        Probe.error(
                                id(),
                                "%d free connections are needed on the %s server, there are %d"
                                        .formatted(
                                                ours,
                                                side.name(),
                                                Math.max(0, room.connections() - room.clients())),
                                "max_connections is %d, of which %d are in use; a handover has a session in each of %d databases."
                                        .formatted(
                                                room.connections(),
                                                room.clients(),
                                                room.databases()),
                                raise(side, needed + room.reserved())));
            } else if (needed + coming + room.reserved() > room.connections()) {
                found.add(
                        Probe.warning(
                                id(),
                                "the clients of the old server may not all find a connection on the new one",
                                "%d are connected to the old database; max_connections of the new server is %d, of which %d are in use or reserved, and Relevo takes up to %d."
                                        .formatted(
                                                coming,
                                                room.connections(),
                                                room.clients() + room.reserved(),
                                                ours),
                                raise(side, needed + coming + room.reserved())));
            }
        }

        private static String raise(Probe.Named side, long number) {
            return "Run ALTER SYSTEM SET max_connections = %d; on the %s server, then restart it."
                    .formatted(number, side.name());
        }
    }
}
