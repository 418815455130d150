package dev.relevo.upgrade;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Everything on a server that Relevo might have made or changed, one line each. */
final class Traces {
    private static final String SERVER =
            """
            SELECT 'database ' || datname AS line FROM pg_database
            UNION ALL SELECT 'role ' || rolname || ' ' || rolsuper || rolcanlogin || rolreplication
                FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%'
            UNION ALL SELECT 'setting ' || coalesce(d.datname, '') || ' ' || coalesce(r.rolname, '') || ' ' || c
                FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase
                LEFT JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) c
            UNION ALL SELECT 'slot ' || slot_name FROM pg_replication_slots
            UNION ALL SELECT 'subscription ' || subname || ' ' || subenabled FROM pg_subscription
            UNION ALL SELECT 'session ' || application_name FROM pg_stat_activity
                WHERE application_name IN ('relevo keeper', 'relevo copy worker')
            UNION ALL SELECT 'origin ' || count(*) FROM pg_replication_origin
            """;

    private static final String DATABASE =
            """
            SELECT 'schema ' || nspname || ' ' || coalesce(nspacl::text, '') AS line FROM pg_namespace
                WHERE nspname NOT LIKE 'pg\\_t%'
            UNION ALL SELECT 'relation ' || n.nspname || '.' || c.relname || ' ' || c.relkind::text || ' ' || c.relreplident::text
                || ' ' || coalesce(c.relacl::text, '')
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
            UNION ALL SELECT 'trigger ' || tgrelid::regclass || ' ' || tgname || ' ' || tgenabled::text
                FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL SELECT 'function ' || p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
            UNION ALL SELECT 'publication ' || pubname FROM pg_publication
            UNION ALL SELECT 'published ' || pubname || ' ' || schemaname || '.' || tablename FROM pg_publication_tables
            UNION ALL SELECT 'event trigger ' || evtname FROM pg_event_trigger
            """;

    private static final String ROWS =
            """
            SELECT 'rows ' || (SELECT count(*) || ' ' || coalesce(sum(abalance), 0) FROM public.pgbench_accounts)
                || ', ' || (SELECT count(*) FROM public.pgbench_branches)
                || ', ' || (SELECT count(*) FROM public.pgbench_tellers)
                || ', ' || (SELECT count(*) FROM public.pgbench_history)
                || ', ' || (SELECT count(*) || ' ' || coalesce(sum(n), 0) FROM public.probe) AS line
            """;

    /** What tells the old server that the upgrade is finished, and the journal. */
    private static final String KEPT_BY_FINISH =
            "relation relevo\\.(journal|upgrade)\\w* .*|schema relevo .*";

    private Traces() {}

    /** Whether a line tells of something of Relevo's that should not be there after finish. */
    static boolean isLeft(Side side, String line) {
        return line.contains("relevo") && !(side == Side.OLD && line.matches(KEPT_BY_FINISH));
    }

    /**
     * All of a server, and of the application's database if it is there. Numbers that differ from
     * one run to the next, such as the part of a name that is an upgrade's alone, are left out.
     */
    static Set<String> of(Endpoint database, boolean withRows) {
        List<String> lines = new ArrayList<>();
        boolean there;
        try (Session session = database.withDatabase("postgres").open("look")) {
            lines.addAll(session.query(SERVER, row -> row.text("line")));
            there =
                    session.exists(
                            "SELECT FROM pg_database WHERE datname = ?", database.database());
        }
        if (there) {
            try (Session session = database.open("look")) {
                lines.addAll(session.query(DATABASE, row -> row.text("line")));
                if (withRows) {
                    lines.addAll(session.query(ROWS, row -> row.text("line")));
                }
            }
        }
        TreeSet<String> sorted = new TreeSet<>();
        lines.forEach(line ->
                sorted.add(
                        line.replaceAll("\\brelevo_[0-9a-f]{8}", "relevo_ID")
                                .replaceAll("_[0-9]+\\b", "_N")));
        return sorted;
    }
}
