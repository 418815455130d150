package dev.relevo.schema;

import dev.relevo.catalog.Catalog;
import dev.relevo.catalog.MaterializedView;
import dev.relevo.catalog.QualifiedName;
import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

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

    /**
     * Looks at nothing yet.
     *
     * @param jobs how many tables are analyzed at once
     */
    public RefreshAndAnalyze(Endpoint oldServer, Endpoint newServer, int jobs) {
        this.oldServer = oldServer;
        this.newServer = newServer;
        this.jobs = jobs;
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
        int refreshed = refresh(progress);
        try (Session session = newServer.open(id(), PATIENT)) {
            Facts facts = new Facts(session);
            facts.putFirst(
                    Fact.ANALYZE_SINCE,
                    "",
                    List.of(session.text("SELECT pg_catalog.clock_timestamp()::text")));
            String since = facts.get(Fact.ANALYZE_SINCE).orElseThrow().getFirst();
            List<QualifiedName> tables =
                    session.query(
                            SqlFile.load(RefreshAndAnalyze.class, "to_analyze"),
                            row -> new QualifiedName(row.text("schema"), row.text("name")),
                            since);
            analyze(tables, progress);
            facts.put(
                    Fact.ANALYZED,
                    List.of(
                            tables.size() + " tables analyzed",
                            refreshed + " materialized views refreshed"));
        }
    }

    private int refresh(Progress progress) {
        List<QualifiedName> views;
        try (Session session = oldServer.open(id())) {
            views =
                    Catalog.read(session).materializedViews().stream()
                            .filter(MaterializedView::populated)
                            .map(MaterializedView::name)
                            .toList();
        }
        try (Session session = newServer.open(id(), AS_CLIENTS)) {
            Facts facts = new Facts(session);
            Set<String> done = facts.all(Fact.REFRESHED).keySet();
            for (int i = 0; i < views.size(); i++) {
                QualifiedName view = views.get(i);
                progress.report(i, views.size(), "materialized views, " + view);
                if (!done.contains(view.sql())) {
                    session.transaction(() -> {
                        session.execute(refresh(view));
                        facts.put(Fact.REFRESHED, view.sql(), List.of());
                    });
                }
            }
        }
        return views.size();
    }

    private void analyze(List<QualifiedName> tables, Progress progress) {
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
                                    session.execute(analyze(table));
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
