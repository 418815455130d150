package dev.relevo.lab;

import dev.relevo.handover.Limits;
import dev.relevo.pg.Endpoint;
import dev.relevo.upgrade.Settings;
import dev.relevo.upgrade.Upgrade;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Kills a copy again and again while clients write to the old server, holds both servers' tables
 * against each other when it is through, and tells what every kill cost.
 *
 * <p>Before that it takes one copy undisturbed, as the measure. Both are what an operator would do:
 * {@code relevo start} with a {@code relevo copy-worker} beside it, in processes of their own.
 */
public final class KillBench implements AutoCloseable {
    private static final int CLIENTS = 2;
    private static final Duration THINKING = Duration.ofMillis(20);

    private final Options options;
    private final Consumer<String> says;
    private final Random random;
    private final Lab lab;
    private final Wire toOld;
    private final Wire toNew;

    /**
     * What to run.
     *
     * @param program whose {@code main} is the command line of Relevo
     * @param scale 100,000 rows of pgbench's and 2,000 wide ones each
     * @param jobs workers of {@code start}; one that helps comes on top
     * @param kills how many; every kind occurs before one comes again
     * @param copyOptions of {@code start} and of who helps, besides the number of workers
     * @param fsync whether the servers are safe against a crash of the machine
     */
    public record Options(
            Class<?> program,
            int oldMajor,
            int newMajor,
            int scale,
            int jobs,
            int kills,
            long seed,
            List<String> copyOptions,
            boolean fsync) {
        public Options {
            copyOptions = List.copyOf(copyOptions);
        }
    }

    /**
     * What came of it.
     *
     * @param undisturbed from {@code relevo start} until the new server follows
     * @param killed the same with all kills, in all copies that were taken
     * @param copies how many that were: one, unless a copy was over before its last kill
     * @param differences between the servers, and what clients wrote and is not there once
     */
    public record Report(
            Duration undisturbed,
            Duration killed,
            int copies,
            List<Struck> struck,
            List<String> differences) {}

    /** Starts the servers and fills the old one. */
    public KillBench(Options options, Consumer<String> says) {
        this.options = options;
        this.says = says;
        this.random = new Random(options.seed());
        this.lab =
                Lab.start(
                        spec(ServerSpec.of(options.oldMajor())),
                        spec(ServerSpec.empty(options.newMajor())));
        try {
            CopyData data = new CopyData(lab);
            data.fill(CopyBench.Data.PGBENCH, options.scale());
            data.fill(CopyBench.Data.WIDE, Math.max(1, options.scale() / 5));
            data.fill(CopyBench.Data.MANY, 1);
            this.toOld = Wire.to(lab.server(0).port());
            this.toNew = Wire.to(lab.server(1).port());
        } catch (RuntimeException | Error e) {
            lab.close();
            throw e;
        }
    }

    private ServerSpec spec(ServerSpec safe) {
        return options.fsync() ? safe : safe.unsafe();
    }

    /**
     * The undisturbed copy, after one that does not count where fsync counts, then the killed one.
     */
    public Report run() {
        List<String> differences = new ArrayList<>();
        if (options.fsync()) {
            // Whoever is first makes the WAL files.
            copy(new ArrayDeque<>(), Duration.ZERO, differences);
            abort();
        }
        KilledCopy.Result measure = copy(new ArrayDeque<>(), Duration.ZERO, differences);
        says.accept(
                "undisturbed: %.1f s, %.1f s of it the copy"
                        .formatted(seconds(measure.took()), seconds(measure.copied())));
        Deque<Kill> kills = kills();
        Duration killed = Duration.ZERO;
        List<Struck> struck = new ArrayList<>();
        int copies = 0;
        while (!kills.isEmpty()) {
            abort();
            KilledCopy.Result result = copy(kills, measure.copied(), differences);
            killed = killed.plus(result.took());
            struck.addAll(result.struck());
            copies++;
            says.accept("copy %d: %.1f s".formatted(copies, seconds(result.took())));
        }
        return new Report(measure.took(), killed, copies, struck, differences);
    }

    /** All kinds in random order, then all again. */
    private Deque<Kill> kills() {
        Deque<Kill> all = new ArrayDeque<>();
        while (all.size() < options.kills()) {
            List<Kill> kinds = new ArrayList<>(Arrays.asList(Kill.values()));
            Collections.shuffle(kinds, random);
            kinds.stream().limit(options.kills() - all.size()).forEach(all::add);
        }
        return all;
    }

    private KilledCopy.Result copy(Deque<Kill> kills, Duration expected, List<String> found) {
        lab.servers().forEach(LabServer::checkpoint);
        try (Load load = load();
                CopyProcesses processes =
                        new CopyProcesses(
                                lab,
                                options.program(),
                                toOld.through(direct(0)),
                                direct(0),
                                toNew.through(direct(1)),
                                options.jobs(),
                                options.copyOptions());
                CopyWatch watch = new CopyWatch(direct(0), direct(1))) {
            KilledCopy.Result result =
                    new KilledCopy(
                                    new KilledCopy.Site(lab, toOld, toNew, options.jobs()),
                                    processes,
                                    watch,
                                    kills,
                                    expected,
                                    random,
                                    one -> says.accept(describe(one)))
                            .run();
            found.addAll(compare(load.stop()));
            return result;
        }
    }

    private Load load() {
        return Load.start(
                LoadKind.JDBC,
                lab,
                LoadSettings.of(List.of(lab.server(0).application()))
                        .with(CLIENTS, 1)
                        .thinking(THINKING));
    }

    /** Every row of every table, and every transaction that a client saw commit. */
    private List<String> compare(LoadReport report) {
        List<String> found = new ArrayList<>();
        try (Upgrade upgrade = upgrade()) {
            upgrade.awaitFollowing();
        }
        var onOld = Checksums.of(direct(0));
        var onNew = Checksums.of(direct(1));
        onOld.forEach((table, sum) -> {
            String there = onNew.getOrDefault(table, "no table");
            if (!sum.equals(there)) {
                found.add("%s: %s on the old server, %s on the new".formatted(table, sum, there));
            }
        });
        for (int i = 0; i < 2; i++) {
            Tally tally = Tally.of(direct(i), report.acknowledged());
            if (!tally.clean() || tally.unknownCommitted() > report.counters().unknown()) {
                found.add("%s server: %s".formatted(i == 0 ? "old" : "new", tally));
            }
        }
        says.accept(
                "compared: %d tables, %d differences; %,d transactions of clients meanwhile"
                        .formatted(onOld.size(), found.size(), report.counters().committed()));
        found.forEach(says);
        return found;
    }

    private void abort() {
        try (Upgrade upgrade = upgrade()) {
            upgrade.abort(_ -> {});
        }
    }

    private Upgrade upgrade() {
        return new Upgrade(
                new Settings(
                        direct(0),
                        direct(1),
                        Optional.empty(),
                        Optional.empty(),
                        Limits.DEFAULT,
                        options.jobs(),
                        1),
                "bench");
    }

    private Endpoint direct(int server) {
        return lab.server(server).superuser(LabServer.APPLICATION);
    }

    private static String describe(Struck one) {
        return "at %.1f s: %s; at work again after %.1f s; pieces again: %d, %,d MB, %.1f s of work%s"
                .formatted(
                        seconds(one.at()),
                        one.what(),
                        seconds(one.back()),
                        one.pieces(),
                        one.bytes() >> 20,
                        seconds(one.work()),
                        one.said().isEmpty() ? "" : "; start said " + one.said());
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }

    @Override
    public void close() {
        toOld.close();
        toNew.close();
        lab.close();
    }
}
