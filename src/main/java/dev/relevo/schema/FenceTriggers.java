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
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Puts the fence's trigger on every table: BEFORE each statement that writes it calls {@code
 * relevo.fence()}, which refuses with SQLSTATE 25006 on the side that does not serve and does
 * nothing on the one that does. The handover switches that one function, and none of the triggers.
 *
 * <p>They are ENABLE ALWAYS, so that nobody passes who works with {@code session_replication_role =
 * replica}. Whoever disables and enables all triggers of a table (pg_restore does) takes that off;
 * this step puts it right. Parents of partitions have a trigger too, since an INSERT through the
 * parent fires the parent's statement triggers only.
 *
 * <p>Needs the function, which comes with schema {@code relevo}. Belongs behind the schema step,
 * else pg_dump carries the triggers. Takes SHARE ROW EXCLUSIVE (to drop: ACCESS EXCLUSIVE) on one
 * table at a time for an instant, see {@link TableByTable}.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-createtrigger.html">CREATE TRIGGER</a>
 */
public final class FenceTriggers implements Step {
    /** The trigger's name on every table. */
    public static final String TRIGGER = "relevo_fence";

    private static final List<String> NOT_IN_THE_WAY = List.of("AccessShareLock", "RowShareLock");

    private final Endpoint server;
    private final Set<QualifiedName> tables;
    private final boolean onNew;
    private final Duration patience;

    /**
     * A fence on one side.
     *
     * @param tables all tables that clients write to, see {@code Catalog.fenced}
     * @param onNew whether it is the new server, where every table has to be
     * @param patience how long to go on while clients hold every table that is left
     */
    public FenceTriggers(
            Endpoint server, Collection<QualifiedName> tables, boolean onNew, Duration patience) {
        this.server = server;
        this.tables = new TreeSet<>(tables);
        this.onNew = onNew;
        this.patience = patience;
    }

    /** On the old server. */
    public static FenceTriggers onOld(Endpoint server, Collection<QualifiedName> tables) {
        return new FenceTriggers(server, tables, false, Duration.ofSeconds(30));
    }

    /** On the new server. */
    public static FenceTriggers onNew(Endpoint server, Collection<QualifiedName> tables) {
        return new FenceTriggers(server, tables, true, Duration.ofSeconds(30));
    }

    @Override
    public String id() {
        return "fence-" + where();
    }

    @Override
    public String title() {
        return onNew ? "fence the new server" : "prepare the fence on the old server";
    }

    @Override
    public List<Statement> statements() {
        return tables.stream().map(table -> new Statement(where(), create(table))).toList();
    }

    @Override
    public Observation observe() {
        try (Session session = server.open(id())) {
            Set<QualifiedName> missing = new TreeSet<>(tables);
            fenced(session)
                    .forEach((table, always) -> {
                        if (always) {
                            missing.remove(table);
                        }
                    });
            return missing.isEmpty() && functionExists(session)
                    ? new Observation.Done(tables.size() + " tables")
                    : new Observation.Pending();
        }
    }

    @Override
    public void apply(Progress progress) {
        Set<QualifiedName> missing = new TreeSet<>(tables);
        Map<QualifiedName, Boolean> there;
        try (Session session = server.openForDdl(id())) {
            there = fenced(session);
            there.forEach((table, always) -> {
                if (always) {
                    missing.remove(table);
                }
            });
            if (onNew) {
                requireThere(session, missing);
            }
        }
        new TableByTable(server, id(), patience, NOT_IN_THE_WAY)
                .forEach(
                        missing,
                        (session, table) ->
                                session.execute(
                                        there.containsKey(table) ? always(table) : create(table)),
                        progress);
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
        return Servers.openIfThere(server, id(), Map.of())
                .<Reversal>map(session -> {
                    try (session) {
                        Set<QualifiedName> fenced = fenced(session).keySet();
                        return fenced.isEmpty()
                                ? new Reversal.Nothing()
                                : new Reversal.Undo(dropped(fenced), () -> remove(fenced));
                    }
                })
                .orElseGet(Reversal.Nothing::new);
    }

    private void remove(Set<QualifiedName> fenced) {
        new TableByTable(server, id(), patience, List.of())
                .forEach(fenced, (session, table) -> session.execute(drop(table)), (_, _, _) -> {});
    }

    private List<Statement> dropped(Set<QualifiedName> fenced) {
        return fenced.stream().map(table -> new Statement(where(), drop(table))).toList();
    }

    private static String create(QualifiedName table) {
        return "CREATE TRIGGER "
                + TRIGGER
                + " BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON "
                + table.sql()
                + " FOR EACH STATEMENT EXECUTE FUNCTION relevo.fence(); "
                + always(table);
    }

    private static String always(QualifiedName table) {
        return "ALTER TABLE ONLY " + table.sql() + " ENABLE ALWAYS TRIGGER " + TRIGGER;
    }

    private static String drop(QualifiedName table) {
        return "DROP TRIGGER IF EXISTS " + TRIGGER + " ON " + table.sql();
    }

    private static Map<QualifiedName, Boolean> fenced(Session session) {
        Map<QualifiedName, Boolean> always = new TreeMap<>();
        session.query(
                        SqlFile.load(FenceTriggers.class, "fenced_tables"),
                        row ->
                                Map.entry(
                                        new QualifiedName(row.text("schema"), row.text("name")),
                                        row.bool("always")))
                .forEach(entry -> always.put(entry.getKey(), entry.getValue()));
        return always;
    }

    private static boolean functionExists(Session session) {
        return session.exists(
                "SELECT 1 WHERE pg_catalog.to_regprocedure('relevo.fence()') IS NOT NULL");
    }

    private String where() {
        return onNew ? "new" : "old";
    }
}
