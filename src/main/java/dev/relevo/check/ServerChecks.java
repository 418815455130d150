package dev.relevo.check;

import dev.relevo.pg.Quote;
import dev.relevo.pg.ServerVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Which servers they are. */
final class ServerChecks {
    private ServerChecks() {}

    /** A server cannot be moved onto itself. */
    static final class SameServer implements Check {
        @Override
        public String id() {
            return "same-server";
        }

        @Override
        public List<Finding> find(Probe probe) {
            String sql = "SELECT system_identifier::text FROM pg_catalog.pg_control_system()";
            String identifier = probe.old().text(sql);
            return identifier.equals(probe.fresh().text(sql))
                    ? List.of(
                            Probe.error(
                                    id(),
                                    "old and new are the same server, or one is a physical copy of the other",
                                    "Both have the system identifier " + identifier + ".",
                                    "Give --new the address of a server made with initdb."))
                    : List.of();
        }
    }

    /** From 11 on, and upwards only. */
    static final class Versions implements Check {
        private static final int OLDEST = 11;

        @Override
        public String id() {
            return "versions";
        }

        @Override
        public List<Finding> find(Probe probe) {
            ServerVersion old = probe.old().version();
            ServerVersion fresh = probe.fresh().version();
            List<Finding> found = new ArrayList<>();
            if (old.major() < OLDEST) {
                found.add(
                        Probe.error(
                                id(),
                                "the old server's version " + old + " is not supported",
                                "Relevo moves databases from PostgreSQL 11 and newer.",
                                "Upgrade it to 11 first, with pg_upgrade."));
            }
            if (fresh.major() < old.major()) {
                found.add(
                        Probe.error(
                                id(),
                                "the new server is older than the old one",
                                "Old is " + old + ", new is " + fresh + ".",
                                "Exchange --old and --new."));
            } else if (fresh.major() == old.major()) {
                found.add(
                        Probe.error(
                                id(),
                                "both servers are of major version " + old.major(),
                                "Old is " + old + ", new is " + fresh + ".",
                                "Give --new a server of a newer major version; a newer minor version"
                                        + " needs no more than new programs and a restart."));
            }
            return found;
        }
    }

    /** A standby accepts neither a publication nor rows. */
    static final class InRecovery implements Check {
        @Override
        public String id() {
            return "in-recovery";
        }

        @Override
        public List<Finding> find(Probe probe) {
            return probe.both().stream()
                    .filter(side -> side.is("SELECT pg_catalog.pg_is_in_recovery()"))
                    .map(side ->
                            Probe.error(
                                    id(),
                                    "the " + side.name() + " server is a standby",
                                    "It is in recovery, so nothing can be written there.",
                                    "Give the address of its primary, or promote it with SELECT"
                                            + " pg_promote()."))
                    .toList();
        }
    }

    /** Roles, event triggers, fences and the gate need it. */
    static final class Superuser implements Check {
        @Override
        public String id() {
            return "superuser";
        }

        @Override
        public List<Finding> find(Probe probe) {
            return probe.both().stream()
                    .filter(side ->
                            !side.is(
                                    "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"))
                    .map(side ->
                            Probe.error(
                                    id(),
                                    "role \"%s\" is not a superuser on the %s server"
                                            .formatted(
                                                    side.session().endpoint().user(), side.name()),
                                    "Reading password verifiers and closing the gate need one.",
                                    "Connect as another role, or run ALTER ROLE "
                                            + Quote.ident(side.session().endpoint().user())
                                            + " SUPERUSER there for the time of the upgrade."))
                    .toList();
        }
    }

    /** Old minor versions have holes that matter here. */
    static final class MinorVersion implements Check {
        /** The first minor version of each major with the fix of CVE-2026-6638. */
        private static final Map<Integer, Integer> FIXED =
                Map.of(18, 4, 17, 10, 16, 14, 15, 18, 14, 23);

        @Override
        public String id() {
            return "minor-version";
        }

        @Override
        public List<Finding> find(Probe probe) {
            List<Finding> found = new ArrayList<>();
            for (Probe.Named side : probe.both()) {
                ServerVersion version = side.session().version();
                Integer fixed = FIXED.get(version.major());
                if (fixed != null && version.minor() < fixed) {
                    found.add(
                            Probe.warning(
                                    id(),
                                    "the %s server's version %s lacks security fixes of logical replication"
                                            .formatted(side.name(), version),
                                    "CVE-2026-6638 is fixed in %d.%d."
                                            .formatted(version.major(), fixed),
                                    "Install the newest minor version and restart the server."));
                }
            }
            return found;
        }
    }
}
