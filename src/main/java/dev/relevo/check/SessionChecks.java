package dev.relevo.check;

import dev.relevo.catalog.Catalog.Other.Kind;
import dev.relevo.catalog.RefusedSetting;
import dev.relevo.pg.Quote;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Who is connected, what is open, and what is set for whom. */
final class SessionChecks {
    private SessionChecks() {}

    /** A slot waits for them for ever, and they hold their locks. */
    static final class PreparedTransactions implements Check {
        @Override
        public String id() {
            return "prepared-transactions";
        }

        @Override
        public List<Finding> find(Probe probe) {
            return probe.catalog().others(Kind.PREPARED_TRANSACTION).stream()
                    .map(name ->
                            Probe.error(
                                    id(),
                                    "there is a prepared transaction on the old server",
                                    name,
                                    "Run COMMIT PREPARED or ROLLBACK PREPARED for it there."))
                    .toList();
        }
    }

    /**
     * They win over what the handover sets for the database, or stay when it resets that. The
     * database itself has it from Relevo once the upgrade has begun.
     */
    static final class ReadOnlySettings implements Check {
        private static final String SQL =
                """
                SELECT c.setting AS setting
                FROM pg_catalog.pg_db_role_setting s
                CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) c (setting)
                JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
                WHERE s.setrole = 0 AND d.datname = ? AND c.setting LIKE 'default_transaction_read_only=%'
                  -- Clients that list the new server first must find its database read-only from the beginning.
                  AND NOT (? AND pg_catalog.split_part(c.setting, '=', 2)::boolean)
                """;

        @Override
        public String id() {
            return "read-only-settings";
        }

        @Override
        public List<Finding> find(Probe probe) {
            List<Finding> found =
                    new ArrayList<>(
                            SettingChecks.refused(
                                    probe,
                                    RefusedSetting.READ_ONLY,
                                    (side, refused) ->
                                            finding(
                                                    side,
                                                    refused.description(),
                                                    refused.statement())));
            if (probe.context().begun()) {
                return found;
            }
            for (Probe.Named side : probe.both()) {
                String database = probe.database(side);
                if (!database.isEmpty()
                        && side.session().exists(SQL, database, side.name().equals("new"))) {
                    found.add(
                            finding(
                                    side.name(),
                                    RefusedSetting.READ_ONLY + ", of the database",
                                    "ALTER DATABASE %s RESET default_transaction_read_only;"
                                            .formatted(Quote.ident(database))));
                }
            }
            return found;
        }

        private Finding finding(String side, String what, String statement) {
            return Probe.error(
                    id(),
                    "default_transaction_read_only is set on the %s server".formatted(side),
                    what + "; the handover needs this setting for itself.",
                    "Run " + statement + " on the " + side + " server.");
        }
    }

    /** Privileges do not stop them while the new server is closed. */
    static final class SuperuserSessions implements Check {
        @Override
        public String id() {
            return "superuser-sessions";
        }

        @Override
        public List<Finding> find(Probe probe) {
            return found(
                    probe,
                    "SELECT usename || ', pid ' || pid || ', application \"' || application_name || '\"' AS name"
                            + " FROM pg_catalog.pg_stat_activity a JOIN pg_catalog.pg_roles r ON r.rolname = a.usename"
                            + " WHERE a.datname = pg_catalog.current_database() AND r.rolsuper"
                            + " AND a.backend_type = 'client backend' AND a.application_name !~ '^relevo'"
                            + " AND a.pid <> pg_catalog.pg_backend_pid() ORDER BY a.pid",
                    all ->
                            Probe.warning(
                                    id(),
                                    "superusers are connected to the old database",
                                    "No privilege stops a superuser during the handover: " + all,
                                    "Let applications connect as roles that are NOSUPERUSER."));
        }
    }

    /** Slot creation and the drain wait for them. */
    static final class LongTransactions implements Check {
        @Override
        public String id() {
            return "long-transactions";
        }

        @Override
        public List<Finding> find(Probe probe) {
            return found(
                    probe,
                    "SELECT 'pid ' || pid || ' of ' || usename || ' since ' || xact_start::text AS name"
                            + " FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'"
                            + " AND application_name !~ '^relevo' AND xact_start < pg_catalog.now() - interval '1 minute'"
                            + " ORDER BY xact_start",
                    all ->
                            Probe.warning(
                                    id(),
                                    "transactions are open on the old server for more than a minute",
                                    all,
                                    "Let them end, or run SELECT pg_terminate_backend(<pid>): creating a slot, changing a"
                                            + " busy table and the handover wait for them."));
        }
    }

    /** Nobody redirects them. */
    static final class BackgroundWorkers implements Check {
        @Override
        public String id() {
            return "background-workers";
        }

        @Override
        public List<Finding> find(Probe probe) {
            return found(
                    probe,
                    "SELECT DISTINCT backend_type AS name FROM pg_catalog.pg_stat_activity"
                            + " WHERE datname = pg_catalog.current_database() AND backend_type NOT IN ('client backend',"
                            + " 'walsender', 'parallel worker', 'autovacuum worker')"
                            + " AND backend_type !~ '^logical replication' ORDER BY 1",
                    all ->
                            Probe.notice(
                                    id(),
                                    "background workers are at work in the old database",
                                    "They may write, and no connection string redirects them: "
                                            + all,
                                    "Stop their jobs for the time of the handover, and set them up on the new server."));
        }
    }

    private static List<Finding> found(Probe probe, String sql, Function<String, Finding> finding) {
        List<String> names = probe.old().query(sql, row -> row.text("name"));
        return names.isEmpty() ? List.of() : List.of(finding.apply(String.join("; ", names)));
    }
}
