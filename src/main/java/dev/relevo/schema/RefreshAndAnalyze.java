package dev.relevo.schema;

import dev.relevo.catalog.Catalog;
import dev.relevo.catalog.ClientSettings;
import dev.relevo.catalog.MaterializedView;
import dev.relevo.catalog.QualifiedName;
import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Fills the materialized views and collects the planner's statistics on the new server, which
 * replication does neither of: without statistics the first minutes after a switch can be ten times
 * slower.
 *
 * <p>Belongs behind the initial copy. The views that are populated on the old server are refreshed
 * in the order of their dependencies; then all tables with rows are analyzed, several at once,
 * extended statistics included. ANALYZE holds SHARE UPDATE EXCLUSIVE, which applying changes does
 * not mind.
 *
 * <p>One that fails does not keep the others from it: all that failed is told in the end, and what
 * is left out on request is not tried.
 *
 * <p>When it began, which views it filled and that it ended stands in {@link Facts} on the new
 * server: after a kill only what was not analyzed since the beginning is done again.
 */
public final class RefreshAndAnalyze implements Step {
    private static final List<Fact> NOTES =
            List.of(Fact.REFRESHED, Fact.ANALYZE_SINCE, Fact.ANALYZED);
    private static final Map<String, String> PATIENT =
            Map.of("statement_timeout", "0", "lock_timeout", "60s");

    /** REFRESH plans the view's query, whose functions may expect what clients have. */
    private static final Map<String, String> AS_CLIENTS =
            Map.of(
                    "statement_timeout", "0",
                    "lock_timeout", "60s",
                    "session_replication_role", "replica",
                    "search_path", "\"$user\", public");

    private final Endpoint oldServer;
    private final Endpoint newServer;
    private final int jobs;
    private final Set<String> leftOut;

    /**
     * Looks at nothing yet.
     *
     * @param jobs how many tables are analyzed at once
     * @param leftOut materialized views that stay empty and tables that are not analyzed, quoted
     *     where they have to be
     */
    public RefreshAndAnalyze(
            Endpoint oldServer, Endpoint newServer, int jobs, Set<String> leftOut) {
        this.oldServer = oldServer;
        this.newServer = newServer;
        this.jobs = jobs;
        this.leftOut = Set.copyOf(leftOut);
    }

    @Override
    public String id() {
        return "analyze";
    }

    @Override
    public String title() {
        return "refresh materialized views and analyze the new server";
    }

    @Override
    public List<Statement> statements() {
        List<Statement> all = new ArrayList<>();
        try (Session session = oldServer.open(id())) {
            Catalog catalog = Catalog.read(session);
            catalog.materializedViews().stream()
                    .filter(MaterializedView::populated)
                    .forEach(view -> all.add(new Statement("new", refresh(view.name()))));
            catalog.tables().stream()
                    .filter(table -> !table.isPartition())
                    .forEach(table -> all.add(new Statement("new", analyze(table.name()))));
        }
        return all;
    }

    @Override
    public Observation observe() {
        return Servers.openIfThere(newServer, id(), Map.of())
                .<Observation>map(session -> {
                    try (session) {
                        return new Facts(session)
                                .get(Fact.ANALYZED)
                                .<Observation>map(
                                        said -> new Observation.Done(String.join(", ", said)))
                                .orElseGet(Observation.Pending::new);
                    }
                })
                .orElseGet(Observation.Pending::new);
    }

    @Override
    public void apply(Progress progress) {
        if (observe() instanceof Observation.Done) {
            return;
        }
        Map<QualifiedName, PgException> failed = new ConcurrentSkipListMap<>();
        int refreshed = refresh(progress, failed);
        try (Session session = newServer.open(id(), PATIENT)) {
            Facts facts = new Facts(session);
            facts.putFirst(
                    Fact.ANALYZE_SINCE,
                    "",
                    List.of(session.text("SELECT pg_catalog.clock_timestamp()::text")));
            String since = facts.get(Fact.ANALYZE_SINCE).orElseThrow().getFirst();
            List<QualifiedName> tables =
                    session
                            .query(
                                    SqlFile.load(RefreshAndAnalyze.class, "to_analyze"),
                                    row -> new QualifiedName(row.text("schema"), row.text("name")),
                                    since)
                            .stream()
                            .flatMap(table -> parts(session, table))
                            .filter(table -> !isLeftOut(table))
                            .toList();
            analyze(tables, progress, failed);
            if (!failed.isEmpty()) {
                throw failed(failed);
            }
            List<String> said = new ArrayList<>();
            said.add(tables.size() + " tables analyzed");
            said.add(refreshed + " materialized views refreshed");
            if (!leftOut.isEmpty()) {
                said.add("left out: " + String.join(" ", new TreeSet<>(leftOut)));
            }
            facts.put(Fact.ANALYZED, said);
        }
    }

    /** Of a partitioned table that is left out, each of its partitions by itself. */
    private Stream<QualifiedName> parts(Session session, QualifiedName table) {
        return isLeftOut(table)
                ? session
                        .query(
                                SqlFile.load(RefreshAndAnalyze.class, "partitions"),
                                row -> new QualifiedName(row.text("schema"), row.text("name")),
                                table.sql())
                        .stream()
                : Stream.of(table);
    }

    /** For a shell. */
    private static String option(QualifiedName name) {
        String text = name.toString();
        return text.matches("[A-Za-z0-9_.]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }

    /** As people write it, or as SQL has it. */
    private boolean isLeftOut(QualifiedName name) {
        return leftOut.contains(name.toString()) || leftOut.contains(name.sql());
    }

    /** A connection that is gone, a time-out or a server that stops is nobody's fault here. */
    private static void note(
            Map<QualifiedName, PgException> failed, QualifiedName name, PgException error) {
        if (error.isConnectionLost() || error.sqlState().startsWith("57")) {
            throw error;
        }
        failed.putIfAbsent(name, error);
    }

    private static RuntimeException failed(Map<QualifiedName, PgException> failed) {
        String names =
                failed.keySet().stream()
                        .map(name -> option(name))
                        .collect(Collectors.joining(" --leave-out "));
        return new Problem(
                        ExitStatus.FAILED,
                        "refresh-or-analyze",
                        failed.size() == 1
                                ? "a table or materialized view of the new server cannot be analyzed or"
                                        + " refreshed"
                                : failed.size()
                                        + " tables or materialized views of the new server cannot be"
                                        + " analyzed or refreshed",
                        failed.entrySet().stream()
                                .map(entry ->
                                        entry.getValue().statement()
                                                + ": "
                                                + entry.getValue().getMessage())
                                .collect(Collectors.joining("; ")),
                        "Fix what the error names, on both servers, then run the same command again;"
                                + " all others are done. Or leave it as it is with --leave-out "
                                + names
                                + ".")
                .toException(failed.values().iterator().next());
    }

    private int refresh(Progress progress, Map<QualifiedName, PgException> failed) {
        List<QualifiedName> views;
        try (Session session = oldServer.open(id())) {
            views =
                    Catalog.read(session).materializedViews().stream()
                            .filter(MaterializedView::populated)
                            .map(MaterializedView::name)
                            .filter(view -> !isLeftOut(view))
                            .toList();
        }
        try (Session session = newServer.open(id(), AS_CLIENTS)) {
            ClientSettings.set(session);
            Facts facts = new Facts(session);
            Set<String> done = facts.all(Fact.REFRESHED).keySet();
            for (int i = 0; i < views.size(); i++) {
                QualifiedName view = views.get(i);
                progress.report(i, views.size(), "materialized views, " + view);
                if (!done.contains(view.sql())) {
                    try {
                        session.transaction(() -> {
                            session.execute(refresh(view));
                            facts.put(Fact.REFRESHED, view.sql(), List.of());
                        });
                    } catch (PgException e) {
                        note(failed, view, e);
                    }
                }
            }
        }
        return views.size();
    }

    private void analyze(
            List<QualifiedName> tables, Progress progress, Map<QualifiedName, PgException> failed) {
        ConcurrentLinkedQueue<QualifiedName> queue = new ConcurrentLinkedQueue<>(tables);
        AtomicInteger done = new AtomicInteger();
        try (ExecutorService workers =
                Executors.newFixedThreadPool(jobs, Thread.ofVirtual().factory())) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < Math.min(jobs, tables.size()); i++) {
                running.add(
                        workers.submit(() -> {
                            try (Session session = newServer.open(id(), PATIENT)) {
                                QualifiedName table;
                                while ((table = queue.poll()) != null) {
                                    try {
                                        session.execute(analyze(table));
                                    } catch (PgException e) {
                                        note(failed, table, e);
                                    }
                                    report(progress, done.incrementAndGet(), tables.size(), table);
                                }
                            }
                        }));
            }
            for (Future<?> worker : running) {
                worker.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e);
        }
    }

    private static synchronized void report(
            Progress progress, int done, int total, QualifiedName table) {
        progress.report(done, total, "tables, " + table);
    }

    private static String refresh(QualifiedName view) {
        return "REFRESH MATERIALIZED VIEW " + view.sql();
    }

    private static String analyze(QualifiedName table) {
        return "ANALYZE " + table.sql();
    }

    /** Nothing but its notes: views and statistics go when the schema goes. */
    @Override
    public Reversal reversal() {
        return Servers.openIfThere(newServer, id(), Map.of())
                .<Reversal>map(session -> {
                    try (session) {
                        return NOTES.stream()
                                        .allMatch(note -> new Facts(session).all(note).isEmpty())
                                ? new Reversal.Nothing()
                                : new Reversal.Undo(List.of(), this::forget);
                    }
                })
                .orElseGet(Reversal.Nothing::new);
    }

    private void forget() {
        try (Session session = newServer.open(id())) {
            Facts facts = new Facts(session);
            session.transaction(() -> NOTES.forEach(facts::remove));
        }
    }
}
