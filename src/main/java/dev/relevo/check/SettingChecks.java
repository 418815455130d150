package dev.relevo.check;

import dev.relevo.catalog.RefusedSetting;
import dev.relevo.catalog.SynchronousStandbys;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What server, database and roles set that would undo a handover, or keep it from being done. */
final class SettingChecks {
    private SettingChecks() {}

    /** Triggers of clients must fire, or the fence stops nobody. */
    static final class ReplicationRole implements Check {
        @Override
        public String id() {
            return "replication-role";
        }

        @Override
        public List<Finding> find(Probe probe) {
            return refused(
                    probe,
                    RefusedSetting.REPLICATION_ROLE,
                    (side, refused) ->
                            Probe.error(
                                    id(),
                                    refused.place() == RefusedSetting.Place.GRANT
                                            ? "session_replication_role may be set on the %s server by others than superusers"
                                                    .formatted(side)
                                            : "session_replication_role is %s on the %s server, not origin"
                                                    .formatted(refused.value(), side),
                                    refused.description()
                                            + "; with another role than origin no ordinary trigger fires, so the"
                                            + " fence stops nobody and both servers accept writes.",
                                    "Run " + refused.statement() + " on the " + side + " server."));
        }
    }

    /** A server may be told which plug-ins slots may use. */
    static final class OutputPlugins implements Check {
        @Override
        public String id() {
            return "output-plugins";
        }

        @Override
        public List<Finding> find(Probe probe) {
            return refused(
                    probe,
                    RefusedSetting.OUTPUT_PLUGINS,
                    (side, refused) ->
                            Probe.error(
                                    id(),
                                    "output_plugin_libraries of the %s server lacks pgoutput"
                                            .formatted(side),
                                    refused.description()
                                            + "; replication needs a slot there with this plug-in, before the"
                                            + " switch or after it.",
                                    "Run " + refused.statement() + " on the " + side + " server."));
        }
    }

    /** Commits must not wait for our subscriptions, nor for ever. */
    static final class Standbys implements Check {
        @Override
        public String id() {
            return "synchronous-standbys";
        }

        @Override
        public List<Finding> find(Probe probe) {
            List<Finding> found = new ArrayList<>();
            for (Probe.Named side : probe.both()) {
                Optional<SynchronousStandbys> read = SynchronousStandbys.read(side.session());
                if (read.isEmpty()) {
                    continue;
                }
                SynchronousStandbys standbys = read.get();
                if (standbys.takesOurs()) {
                    found.add(
                            Probe.error(
                                    id(),
                                    "Relevo's subscription would count as a synchronous standby of the %s server"
                                            .formatted(side.name()),
                                    "synchronous_standby_names is %s; a commit would be confirmed that is on no standby, and wait for the subscription."
                                            .formatted(standbys.setting()),
                                    "Run %s on the %s server."
                                            .formatted(standbys.statement(), side.name())));
                } else if (standbys.missing() > 0) {
                    found.add(
                            Probe.error(
                                    id(),
                                    "commits on the %s server wait for a synchronous standby that is not connected"
                                            .formatted(side.name()),
                                    "synchronous_standby_names is %s, and %d of the standbys it requires are missing."
                                            .formatted(standbys.setting(), standbys.missing()),
                                    "Start the standby, or run ALTER SYSTEM SET synchronous_standby_names = '';"
                                            + " SELECT pg_reload_conf(); on the "
                                            + side.name()
                                            + " server."));
                }
            }
            return found;
        }
    }

    /** Makes a finding of something that is refused on a side. */
    interface Told {
        Finding of(String side, RefusedSetting refused);
    }

    static List<Finding> refused(Probe probe, String name, Told told) {
        List<Finding> found = new ArrayList<>();
        for (Probe.Named side : probe.both()) {
            RefusedSetting.read(side.session(), probe.database(side)).stream()
                    .filter(refused -> refused.name().equals(name))
                    .forEach(refused -> found.add(told.of(side.name(), refused)));
        }
        return found;
    }
}
