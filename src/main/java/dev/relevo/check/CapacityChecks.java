package dev.relevo.check;

import dev.relevo.catalog.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/** Whether the servers are configured for replication, and have room for it. */
final class CapacityChecks {
    private CapacityChecks() {}

    /** Both publish sooner or later. */
    static final class WalLevel implements Check {
        @Override
        public String id() {
            return "wal-level";
        }

        @Override
        public List<Finding> find(Probe probe) {
            return probe.both().stream()
                    .filter(side -> !side.setting("wal_level").equals("logical"))
                    .map(side ->
                            Probe.error(
                                    id(),
                                    "wal_level is %s on the %s server, not logical"
                                            .formatted(side.setting("wal_level"), side.name()),
                                    side.name().equals("old")
                                            ? "Without it the new server cannot follow the old one."
                                            : "Without it the old server cannot follow the new one, and there is no way back.",
                                    "Run ALTER SYSTEM SET wal_level = 'logical' there, then restart that server."))
                    .toList();
        }
    }

    /** Slots that are not in use. */
    static final class Slots implements Check {
        @Override
        public String id() {
            return "replication-slots";
        }

        @Override
        public List<Finding> find(Probe probe) {
            return room(
                    id(),
                    probe,
                    "max_replication_slots",
                    "SELECT count(*) FROM pg_catalog.pg_replication_slots WHERE slot_name !~ '^relevo'"
                            + " OR database IS DISTINCT FROM pg_catalog.current_database()",
                    "replication slots",
                    Needs::slots);
        }
    }

    /** WAL senders that are not in use. */
    static final class WalSenders implements Check {
        @Override
        public String id() {
            return "wal-senders";
        }

        @Override
        public List<Finding> find(Probe probe) {
            return room(
                    id(),
                    probe,
                    "max_wal_senders",
                    "SELECT count(*) FROM pg_catalog.pg_stat_replication r"
                            + " WHERE r.application_name !~ '^relevo' OR NOT EXISTS (SELECT FROM"
                            + " pg_catalog.pg_stat_activity a WHERE a.pid = r.pid AND a.datname ="
                            + " pg_catalog.current_database())",
                    "WAL senders",
                    Needs::walSenders);
        }
    }

    /** Workers, which come out of two pools, and where each keeps how far it is. */
    static final class Workers implements Check {
        @Override
        public String id() {
            return "replication-workers";
        }

        @Override
        public List<Finding> find(Probe probe) {
            List<Finding> found =
                    new ArrayList<>(
                            room(
                                    id(),
                                    probe,
                                    "max_logical_replication_workers",
                                    "SELECT count(*) FROM pg_catalog.pg_stat_subscription w"
                                            + " JOIN pg_catalog.pg_subscription s ON s.oid = w.subid"
                                            + " JOIN pg_catalog.pg_database d ON d.oid = s.subdbid"
                                            + " WHERE w.pid IS NOT NULL AND (w.subname !~ '^relevo'"
                                            + " OR d.datname <> pg_catalog.current_database())",
                                    "logical replication workers",
                                    Needs::logicalWorkers));
            // The launcher is one of the worker processes.
            found.addAll(
                    room(
                            id(),
                            probe,
                            "max_worker_processes",
                            "SELECT count(*) FROM pg_catalog.pg_stat_activity"
                                    + " WHERE backend_type NOT IN ('client backend', 'walsender', 'checkpointer',"
                                    + " 'background writer', 'walwriter', 'archiver', 'startup', 'walreceiver',"
                                    + " 'autovacuum launcher', 'autovacuum worker', 'io worker', 'slotsync worker',"
                                    + " 'walsummarizer', 'logger', 'standalone backend', 'parallel worker',"
                                    + " 'logical replication worker', 'logical replication apply worker',"
                                    + " 'logical replication tablesync worker')",
                            "worker processes",
                            Needs::logicalWorkers));
            // Until 17 as many as slots.
            found.addAll(
                    room(
                            id(),
                            probe,
                            "max_active_replication_origins",
                            "SELECT count(*) FROM pg_catalog.pg_replication_origin_status",
                            "replication origins",
                            Needs::logicalWorkers));
            return found;
        }
    }

    /** Several slots can begin with one snapshot only where one can be copied. */
    static final class SlotCopies implements Check {
        @Override
        public String id() {
            return "slot-copy";
        }

        @Override
        public List<Finding> find(Probe probe) {
            return probe.context().subscriptions() == 1 || probe.old().version().atLeast(12)
                    ? List.of()
                    : List.of(
                            Probe.error(
                                    id(),
                                    "%d subscriptions need an old server of PostgreSQL 12 or newer, it is %s"
                                            .formatted(
                                                    probe.context().subscriptions(),
                                                    probe.old().version()),
                                    "Their slots must begin with the same snapshot, and a server before 12"
                                            + " cannot copy a slot.",
                                    "Leave --subscriptions out, and subscriptions: in relevo.yaml."));
        }
    }

    /** With a limit, the slot may be lost in the middle. */
    static final class WalKeepLimit implements Check {
        @Override
        public String id() {
            return "slot-wal-limit";
        }

        @Override
        public List<Finding> find(Probe probe) {
            return probe.both().stream()
                    .filter(side -> {
                        String limit = side.setting("max_slot_wal_keep_size");
                        return !limit.isEmpty() && !limit.equals("-1");
                    })
                    .map(side ->
                            Probe.warning(
                                    id(),
                                    "max_slot_wal_keep_size is %s on the %s server"
                                            .formatted(
                                                    side.setting("max_slot_wal_keep_size"),
                                                    side.name()),
                                    "When more log than that waits to be replicated the slot is lost, and the"
                                            + " copy starts anew.",
                                    "Run ALTER SYSTEM SET max_slot_wal_keep_size = -1; SELECT"
                                            + " pg_reload_conf(); there if the disk has room."))
                    .toList();
        }
    }

    /** Until 16 a snapshot may become too old, also the one the copy reads with. */
    static final class SnapshotThreshold implements Check {
        /** What a copy surely does. */
        private static final long BYTES_PER_MINUTE = 60L * 20_000_000;

        @Override
        public String id() {
            return "old-snapshot-threshold";
        }

        @Override
        public List<Finding> find(Probe probe) {
            String setting = probe.both().getFirst().setting("old_snapshot_threshold");
            if (setting.isEmpty() || setting.equals("-1") || probe.context().begun()) {
                return List.of();
            }
            long minutes =
                    Long.parseLong(
                            probe.old()
                                    .text(
                                            "SELECT setting FROM pg_catalog.pg_settings WHERE name = 'old_snapshot_threshold'"));
            long bytes = probe.catalog().tables().stream().mapToLong(Table::bytes).sum();
            long needed = 1 + bytes / BYTES_PER_MINUTE;
            String message = "old_snapshot_threshold is %s on the old server".formatted(setting);
            String detail =
                    "The initial copy reads with one snapshot. When it takes longer than that it fails with \"snapshot too old\"; %d MB take about %d minutes."
                            .formatted(bytes >> 20, needed);
            String hint =
                    "Run ALTER SYSTEM SET old_snapshot_threshold = -1; on the old server, then restart it.";
            return List.of(
                    minutes <= needed
                            ? Probe.error(id(), message, detail, hint)
                            : Probe.warning(id(), message, detail, hint));
        }
    }

    private static List<Finding> room(
            String id,
            Probe probe,
            String parameter,
            String usedSql,
            String what,
            ToIntFunction<Needs> needs) {
        List<Finding> found = new ArrayList<>();
        for (Probe.Named side : probe.both()) {
            if (side.setting(parameter).isEmpty()) {
                continue; // no such limit in this version
            }
            int max = Integer.parseInt(side.setting(parameter));
            int used = side.number(usedSql);
            int needed = needs.applyAsInt(side.needs());
            if (max - used < needed) {
                found.add(
                        Probe.error(
                                id,
                                "%d free %s are needed on the %s server, there are %d"
                                        .formatted(
                                                needed, what, side.name(), Math.max(0, max - used)),
                                "%s is %d, of which %d are in use.".formatted(parameter, max, used),
                                "Run ALTER SYSTEM SET %s = %d there, then restart that server."
                                        .formatted(parameter, used + needed)));
            }
        }
        return found;
    }
}
