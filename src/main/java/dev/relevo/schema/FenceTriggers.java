package dev.relevo.schema;

import dev.relevo.catalog.QualifiedName;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Makes the fence: a statement trigger on every table that refuses writes with SQLSTATE 25006. The
 * handover only flips it, which is quick.
 *
 * <p>On the old server it is made disabled, in one transaction, so that no client ever meets it. On
 * the new one it is made enabled as an origin trigger: clients are refused until the handover,
 * apply workers do not fire it. Parents of partitions have it too, since an INSERT through the
 * parent fires the parent's statement triggers only.
 *
 * <p>Belongs behind the schema step, else pg_dump carries the triggers. Takes SHARE ROW EXCLUSIVE
 * (to drop: ACCESS EXCLUSIVE) on one table at a time for an instant, see {@link TableByTable}.
 *
 * <p>Whether the triggers are enabled is the handover's business: {@link #observe} asks only
 * whether they are there.
 */
public final class FenceTriggers implements Step {
    /** The trigger's name on every table. */
    public static final String TRIGGER = "relevo_fence";

    private static final List<String> NOT_IN_THE_WAY = List.of("AccessShareLock", "RowShareLock");

    private final Endpoint server;
    private final Set<QualifiedName> tables;
    private final boolean enabled;
    private final Duration patience;

    /**
     * A fence on one side.
     *
     * @param tables all tables that clients write to, see {@code Catalog.fenced}
     * @param enabled false on the old server, true on the new one
     * @param patience how long to go on while clients hold every table that is left
     */
    public FenceTriggers(
            Endpoint server, Collection<QualifiedName> tables, boolean enabled, Duration patience) {
        this.server = server;
        this.tables = new TreeSet<>(tables);
        this.enabled = enabled;
        this.patience = patience;
    }

    /** Disabled, on the old server. */
    public static FenceTriggers onOld(Endpoint server, Collection<QualifiedName> tables) {
        return new FenceTriggers(server, tables, false, Duration.ofSeconds(30));
    }

    /** Enabled, on the new server. */
    public static FenceTriggers onNew(Endpoint server, Collection<QualifiedName> tables) {
        return new FenceTriggers(server, tables, true, Duration.ofSeconds(30));
    }

    @Override
    public String id() {
        return "fence-" + where();
    }

    @Override
    public String title() {
        return enabled ? "fence the new server" : "prepare the fence on the old server";
    }

    @Override
    public List<Statement> statements() {
        List<Statement> all = new java.util.ArrayList<>();
        all.add(new Statement(where(), function()));
        tables.forEach(table -> all.add(new Statement(where(), create(table))));
        return all;
    }

    @Override
    public Observation observe() {
        try (Session session = server.open(id())) {
            Set<QualifiedName> missing = new TreeSet<>(tables);
            fenced(session).forEach(missing::remove);
            return missing.isEmpty() && functionExists(session)
                    ? new Observation.Done(tables.size() + " tables")
                    : new Observation.Pending();
        }
    }

    @Override
    public void apply(Progress progress) {
        Set<QualifiedName> missing = new TreeSet<>(tables);
        try (Session session = server.openForDdl(id())) {
            session.execute(function());
            fenced(session).forEach(missing::remove);
            if (enabled) {
                requireThere(session, missing);
            }
        }
        new TableByTable(server, id(), patience, NOT_IN_THE_WAY)
                .forEach(missing, (session, table) -> session.execute(create(table)), progress);
    }

    /** On the old server a table that is gone by now needs none; here it should be. */
    private static void requireThere(Session session, Set<QualifiedName> tables) {
        List<String> absent =
                session.query(
                        "SELECT t.name FROM pg_catalog.unnest(?::text[]) AS t (name) WHERE"
                                + " pg_catalog.to_regclass(t.name) IS NULL",
                        row -> "table " + row.text("name") + " is missing on new",
                        tables.stream().map(QualifiedName::sql).toList());
        if (!absent.isEmpty()) {
            throw new Problem(
                            ExitStatus.STATE,
                            "schema-differs",
                            "the two databases do not have the same tables any more",
                            String.join("; ", absent),
                            "Make the same change on the new server, or run relevo abort; then run"
                                    + " relevo start again.")
                    .toException();
        }
    }

    @Override
    public Reversal reversal() {
        return Servers.openIfThere(server, id(), java.util.Map.of())
                .<Reversal>map(session -> {
                    try (session) {
                        List<QualifiedName> fenced = fenced(session);
                        return fenced.isEmpty() && !functionExists(session)
                                ? new Reversal.Nothing()
                                : new Reversal.Undo(dropped(fenced), () -> remove(fenced));
                    }
                })
                .orElseGet(Reversal.Nothing::new);
    }

    private void remove(List<QualifiedName> fenced) {
        new TableByTable(server, id(), patience, List.of())
                .forEach(fenced, (session, table) -> session.execute(drop(table)), (_, _, _) -> {});
        try (Session session = server.openForDdl(id())) {
            session.execute("DROP FUNCTION IF EXISTS relevo.fence()");
        }
    }

    private List<Statement> dropped(List<QualifiedName> fenced) {
        return fenced.stream().map(table -> new Statement(where(), drop(table))).toList();
    }

    private String create(QualifiedName table) {
        String create =
                "CREATE TRIGGER "
                        + TRIGGER
                        + " BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON "
                        + table.sql()
                        + " FOR EACH STATEMENT EXECUTE FUNCTION relevo.fence()";
        return enabled
                ? create
                : create + "; ALTER TABLE " + table.sql() + " DISABLE TRIGGER " + TRIGGER;
    }

    private static String drop(QualifiedName table) {
        return "DROP TRIGGER IF EXISTS " + TRIGGER + " ON " + table.sql();
    }

    private static String function() {
        return SqlFile.load(FenceTriggers.class, "fence_function");
    }

    private static List<QualifiedName> fenced(Session session) {
        return session.query(
                SqlFile.load(FenceTriggers.class, "fenced_tables"),
                row -> new QualifiedName(row.text("schema"), row.text("name")));
    }

    private static boolean functionExists(Session session) {
        return session.exists(
                "SELECT 1 WHERE pg_catalog.to_regprocedure('relevo.fence()') IS NOT NULL");
    }

    private String where() {
        return enabled ? "new" : "old";
    }
}
