package dev.relevo.lab;

import dev.relevo.handover.Limits;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.problem.Pause;
import dev.relevo.problem.ProblemException;
import dev.relevo.upgrade.Settings;
import dev.relevo.upgrade.Status;
import dev.relevo.upgrade.Upgrade;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Measures how fast the new server applies what the old one is written to, with one subscription
 * and with several, in turn and several times, on two throw-away servers of this machine with
 * fsync; then hands the clients over under the same load, and counts.
 *
 * <p>Unless {@link Options#inMemory}, the new server has a small buffer and reads past the
 * operating system's cache, as where the data do not fit into memory: then an apply worker waits
 * for the disk more than it works. Where processors are what counts, several workers need more of
 * them than one does, and so do the several slots of the old server; on one machine they take them
 * from one another.
 */
public final class ApplyBench implements AutoCloseable {
    private static final int TABLES = 8;

    /** Who is farther behind than that is not handed over. */
    private static final Limits LIMITS =
            new Limits(Duration.ofSeconds(5), false, Duration.ofSeconds(3), Duration.ofMillis(200));

    private final Options options;
    private final Lab lab;
    private final Consumer<String> says;

    /**
     * What to run.
     *
     * @param subscriptions the numbers to compare, the first is what the others are compared with
     * @param rows of each of the eight tables
     * @param rate rows the clients change in a second
     * @param seconds for which they are measured
     * @param inMemory whether the new server has its data in memory
     */
    public record Options(
            int oldMajor,
            int newMajor,
            List<Integer> subscriptions,
            int rows,
            int rate,
            int seconds,
            int rounds,
            boolean inMemory) {}

    /**
     * One run.
     *
     * @param subscriptions how many
     * @param written rows a second that clients committed
     * @param applied rows a second that were applied meanwhile
     * @param behind bytes of write-ahead log not yet confirmed at the end
     * @param caughtUp how long it took to have everything when the clients had stopped; nothing
     *     when they were handed over before
     * @param heldMs how long the handover held clients up; nothing when it was undone
     */
    public record Run(
            int subscriptions,
            double written,
            double applied,
            long behind,
            Duration caughtUp,
            OptionalDouble heldMs) {}

    /** Starts the servers and fills the old one. */
    public ApplyBench(Options options, Consumer<String> says) {
        this.options = options;
        this.says = says;
        ServerSpec fresh = ServerSpec.empty(options.newMajor());
        this.lab =
                Lab.start(
                        ServerSpec.of(options.oldMajor()),
                        options.inMemory()
                                ? fresh
                                : fresh.with("debug_io_direct", "data")
                                        .with("shared_buffers", "16MB"));
        try {
            fill();
        } catch (RuntimeException | Error e) {
            lab.close();
            throw e;
        }
    }

    private void fill() {
        try (Session session =
                lab.server(0)
                        .application()
                        .open(
                                "bench",
                                Map.of("statement_timeout", "0", "synchronous_commit", "off"))) {
            for (int i = 1; i <= TABLES; i++) {
                String table = Writers.table(i);
                session.execute(
                        """
                        CREATE TABLE %1$s (id integer PRIMARY KEY, n integer NOT NULL, a integer, filler text)
                            WITH (fillfactor = 80);
                        INSERT INTO %1$s SELECT g, 0, g %% 1000, repeat('x', 100) FROM generate_series(1, %2$d) g;
                        """
                                .formatted(table, options.rows()));
                session.execute("VACUUM ANALYZE " + table);
            }
        }
    }

    /** Runs all rounds. */
    public List<Run> run() {
        List<Run> runs = new ArrayList<>();
        for (int round = 1; round <= options.rounds(); round++) {
            List<Integer> order = new ArrayList<>(options.subscriptions());
            // Each is first in turn.
            Collections.rotate(order, 1 - round);
            for (int number : order) {
                Run run = run(number);
                runs.add(run);
                says.accept("round %d, %s".formatted(round, describe(run)));
            }
        }
        return runs;
    }

    private static String describe(Run run) {
        return "%d %s: %,.0f rows/s written, %,.0f applied, %,d bytes behind; %s; caught up in %.1f s"
                .formatted(
                        run.subscriptions(),
                        run.subscriptions() == 1 ? "subscription" : "subscriptions",
                        run.written(),
                        run.applied(),
                        run.behind(),
                        run.heldMs().isPresent()
                                ? "handed over, %.0f ms".formatted(run.heldMs().getAsDouble())
                                : "handover undone",
                        run.caughtUp().toNanos() / 1e9);
    }

    private Run run(int number) {
        try (Upgrade upgrade = new Upgrade(settings(number), "bench")) {
            upgrade.start(_ -> {});
            lab.servers().forEach(LabServer::checkpoint);
            long before = changes(old());
            Writers writers = new Writers(clients(), options.rows(), options.rate());
            Run run;
            try {
                // The first second is for connecting, and for caches.
                Pause.of(Duration.ofSeconds(1));
                long begun = System.nanoTime();
                long written = writers.written();
                long applied = counted(fresh());
                Pause.of(Duration.ofSeconds(options.seconds()));
                applied = counted(fresh()) - applied;
                written = writers.written() - written;
                double took = (System.nanoTime() - begun) / 1e9;
                long behind =
                        upgrade.watch()
                                .get()
                                .replication()
                                .map(Status.Replication::lagBytes)
                                .orElse(0L);
                OptionalDouble held = handOver(upgrade);
                writers.close();
                long stopped = System.nanoTime();
                upgrade.awaitFollowing();
                run =
                        new Run(
                                number,
                                written / took,
                                applied / took,
                                behind,
                                Duration.ofNanos(System.nanoTime() - stopped),
                                held);
            } finally {
                writers.close();
            }
            requireAll(before, writers);
            if (run.heldMs().isPresent()) {
                upgrade.rollback(_ -> {});
            }
            upgrade.abort(_ -> {});
            return run;
        }
    }

    /** Under the load; what is too far behind is undone. */
    private OptionalDouble handOver(Upgrade upgrade) {
        try {
            return OptionalDouble.of(upgrade.switchOver(_ -> {}).heldMs());
        } catch (ProblemException e) {
            says.accept("    " + e.problem().message() + "; " + e.problem().detail());
            return OptionalDouble.empty();
        }
    }

    /** Nothing that was acknowledged is missing or there twice, and both servers have the same. */
    private void requireAll(long before, Writers writers) {
        long onOld = changes(old());
        long onNew = changes(fresh());
        long least = before + writers.written();
        if (onOld != onNew || onOld < least || onOld > least + writers.unknown()) {
            throw new IllegalStateException(
                    "%d changes on old, %d on new, %d acknowledged".formatted(onOld, onNew, least));
        }
    }

    /**
     * The same without a look at the tables, as of the last report of the workers, a second ago.
     */
    private static long counted(Endpoint server) {
        try (Session session = server.open("bench")) {
            return Long.parseLong(
                    session.text(
                            "SELECT sum(n_tup_upd)::bigint FROM pg_catalog.pg_stat_user_tables"
                                    + " WHERE relname LIKE 'written\\_%'"));
        }
    }

    /** How often a row was changed, all told. */
    private static long changes(Endpoint server) {
        String sql =
                IntStream.rangeClosed(1, TABLES)
                        .mapToObj(i -> "(SELECT sum(n)::bigint FROM " + Writers.table(i) + ")")
                        .collect(Collectors.joining(" + ", "SELECT ", ""));
        try (Session session = server.open("bench", Map.of("statement_timeout", "0"))) {
            return Long.parseLong(session.text(sql));
        }
    }

    private Settings settings(int number) {
        return new Settings(old(), fresh(), Optional.empty(), Optional.empty(), LIMITS, 2, number);
    }

    private LoadSettings clients() {
        return LoadSettings.of(List.of(lab.server(0).application(), lab.server(1).application()))
                .with(TABLES, TABLES);
    }

    private Endpoint old() {
        return lab.server(0).superuser(LabServer.APPLICATION);
    }

    private Endpoint fresh() {
        return lab.server(1).superuser(LabServer.APPLICATION);
    }

    @Override
    public void close() {
        lab.close();
    }
}
