package dev.relevo.lab;

import dev.relevo.handover.HandoverReport;
import dev.relevo.handover.Limits;
import dev.relevo.pg.Endpoint;
import dev.relevo.plan.Event;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.upgrade.Settings;
import dev.relevo.upgrade.Upgrade;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The demo: two real servers, a load that starts first and never stops, the whole upgrade beneath
 * it, as many handovers as are asked for, and then the reckoning.
 */
public final class Exercise implements Demo {
    private static final String DATABASE = "pgbench";
    private static final Duration BREATH = Duration.ofMillis(1500);

    private @Nullable Lab lab;
    private @Nullable Load load;
    private boolean closed;

    @Override
    public DemoReport run(DemoOptions options, Audience audience) {
        Stage stage = new Stage(audience);
        Lab servers =
                stage.act(
                        "two servers, PostgreSQL %d and %d"
                                .formatted(options.oldMajor(), options.newMajor()),
                        () -> open(options),
                        it -> it.server(0).version() + " and " + it.server(1).version());
        LabServer old = servers.server(0);
        LabServer fresh = servers.server(1);
        stage.act(
                "%,d accounts on the old one".formatted(options.scale() * 100_000L),
                () -> {
                    PgbenchTables.create(servers, old.application(), options.scale());
                    if (options.reverseHosts()) {
                        closeBeforeAnybodyComes(fresh);
                    }
                });
        LoadKind kind = kind(options);
        Load clients =
                stage.act(
                        "%d clients begin to write".formatted(options.clients()),
                        () -> begin(kind, servers, options),
                        _ -> kind.name().toLowerCase(Locale.ROOT) + ", they never stop");
        Instant begun = Instant.now();
        Upgrade upgrade = new Upgrade(settings(old, fresh, options), "demo");
        upgrade.start(stage::tell);
        Handovers handovers = new Handovers(options.rounds());
        for (int round = 0; round < options.rounds(); round++) {
            pause(begun, options, round);
            handovers.make(upgrade, stage, round);
        }
        pause(begun, options, options.rounds());
        LoadReport report = stage.act("the clients stop", clients::stop, Exercise::totals);
        boolean endsOnNew = options.rounds() % 2 == 1;
        stage.act("both servers have everything", () -> upgrade.awaitFollowing());
        Reckoning reckoning =
                stage.act(
                        "count on both servers",
                        () -> Reckoning.of(report, old, fresh, endsOnNew),
                        Reckoning::verdict);
        if (endsOnNew) {
            stage.quietly(() -> upgrade.finish(stage::tell));
        }
        return reckoning.report(
                options,
                kind,
                report,
                report.latencies().longestMs(begun, handovers.first()),
                handovers.longestMs(report.latencies()),
                handovers.reports());
    }

    private synchronized Lab open(DemoOptions options) {
        if (closed) {
            throw new Problem(ExitStatus.INTERRUPTED, "interrupted", "interrupted", "", "")
                    .toException();
        }
        Lab opened =
                Lab.start(ServerSpec.of(options.oldMajor()), ServerSpec.of(options.newMajor()));
        lab = opened;
        return opened;
    }

    private synchronized Load begin(LoadKind kind, Lab servers, DemoOptions options) {
        List<Endpoint> hosts =
                List.of(servers.server(0).application(), servers.server(1).application());
        LoadSettings settings =
                LoadSettings.of(options.reverseHosts() ? hosts.reversed() : hosts)
                        .with(options.clients(), options.jobs());
        Load begun = Load.start(kind, servers, settings);
        load = begun;
        return begun;
    }

    /** The real pgbench if it is there, else the same transactions by pgjdbc. */
    private static LoadKind kind(DemoOptions options) {
        return options.load() == LoadKind.PGBENCH && PgbenchProgram.find().isEmpty()
                ? LoadKind.JDBC
                : options.load();
    }

    /**
     * Clients that list the new server first would find an empty database there that lets them
     * write.
     */
    private static void closeBeforeAnybodyComes(LabServer fresh) {
        try (var session = fresh.superuser("postgres").open("demo")) {
            session.execute(
                    "ALTER DATABASE " + DATABASE + " SET default_transaction_read_only = on");
        }
    }

    private static Settings settings(LabServer old, LabServer fresh, DemoOptions options) {
        return new Settings(
                old.superuser(DATABASE),
                fresh.superuser(DATABASE),
                Optional.empty(),
                Optional.empty(),
                Limits.DEFAULT,
                Math.min(options.jobs(), Runtime.getRuntime().availableProcessors()),
                options.subscriptions());
    }

    /**
     * Spreads the handovers over the time that is left, and lets the clients breathe between two.
     */
    private static void pause(Instant begun, DemoOptions options, int round) {
        Duration left = Duration.between(Instant.now(), begun.plus(options.seconds()));
        Duration share = left.dividedBy(options.rounds() + 1L - round);
        try {
            Thread.sleep(share.compareTo(BREATH) < 0 ? BREATH : share);
        } catch (InterruptedException e) {
            throw Command.interrupted(e);
        }
    }

    private static String totals(LoadReport report) {
        return "%,d transactions, %,d failed"
                .formatted(
                        report.counters().committed(),
                        report.counters().failed() + report.counters().unknown());
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (load != null) {
            load.close();
        }
        if (lab != null) {
            lab.close();
        }
    }

    /** The handovers made so far, and when. */
    private static final class Handovers {
        private final List<HandoverReport> reports = new ArrayList<>();
        private final List<Instant> begun = new ArrayList<>();
        private final List<Instant> ended = new ArrayList<>();
        private final int total;

        Handovers(int total) {
            this.total = total;
        }

        void make(Upgrade upgrade, Stage stage, int round) {
            boolean forward = round % 2 == 0;
            String title =
                    (forward ? "switch to the new server" : "roll back to the old server")
                            + (total > 1 ? " (%d of %d)".formatted(round + 1, total) : "");
            begun.add(Instant.now());
            reports.add(
                    stage.act(
                            title,
                            () ->
                                    onItsOwnMachine(() ->
                                            forward
                                                    ? upgrade.switchOver(stage::tell)
                                                    : upgrade.rollback(stage::tell)),
                            report ->
                                    "clients waited at most %.0f ms, %.0f of them for one another"
                                            .formatted(report.heldMs(), report.drainMs())));
            ended.add(Instant.now());
        }

        /**
         * As if it did not share the processors with all clients: before them, where the JVM is
         * allowed to say so, see bin/relevo. Threads that it starts are the same.
         */
        @SuppressWarnings("ThreadPriorityCheck")
        private static <T> T onItsOwnMachine(Supplier<T> handover) {
            Thread thread = Thread.currentThread();
            int usual = thread.getPriority();
            thread.setPriority(Thread.MAX_PRIORITY);
            try {
                return handover.get();
            } finally {
                thread.setPriority(usual);
            }
        }

        Instant first() {
            return begun.isEmpty() ? Instant.now() : begun.getFirst();
        }

        double longestMs(Latencies latencies) {
            double longest = 0;
            for (int i = 0; i < begun.size(); i++) {
                longest = Math.max(longest, latencies.longestMs(begun.get(i), ended.get(i)));
            }
            return longest;
        }

        List<HandoverReport> reports() {
            return reports;
        }
    }

    /** Tells the audience what goes on. */
    private static final class Stage {
        private final Audience audience;

        Stage(Audience audience) {
            this.audience = audience;
        }

        void act(String title, Runnable work) {
            act(
                    title,
                    () -> {
                        work.run();
                        return "";
                    },
                    nothing -> nothing);
        }

        <T> T act(String title, Supplier<T> work, Function<T, String> evidence) {
            audience.began(title);
            long start = System.nanoTime();
            T result = work.get();
            audience.ended(
                    title, evidence.apply(result), Duration.ofNanos(System.nanoTime() - start));
            return result;
        }

        void quietly(Runnable work) {
            act("finish: the way back and every trace are removed", work);
        }

        void tell(dev.relevo.handover.HandoverEvent event) {
            audience.moved(event.step() + (event.note().isEmpty() ? "" : ": " + event.note()));
        }

        void tell(Event event) {
            switch (event) {
                case Event.Started started -> audience.began(started.step().title());
                case Event.Found _, Event.Undone _, Event.Noted _ -> {}
                case Event.Moved moved ->
                        audience.moved(
                                moved.total() == 0
                                        ? moved.what()
                                        : "%d %% of %s"
                                                .formatted(
                                                        100 * moved.done() / moved.total(),
                                                        moved.what()));
                case Event.Finished finished ->
                        audience.ended(
                                finished.step().title(), finished.evidence(), finished.took());
            }
        }
    }
}
