package dev.relevo.lab;

import dev.relevo.handover.HandoverReport;
import dev.relevo.handover.Limits;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.upgrade.Settings;
import dev.relevo.upgrade.Upgrade;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Takes the time of each step of handovers there and back with many tables, sequences and
 * partitions, on two throw-away servers of this machine with fsync. Nobody writes meanwhile but a
 * few sequences that are drawn from, so what is measured is Relevo's own share of the time for
 * which clients would wait.
 */
public final class HoldBench implements AutoCloseable {
    /** Statements of one transaction: each takes locks on what it makes. */
    private static final int BATCH = 200;

    private final Options options;
    private final Lab lab;
    private final Consumer<String> says;

    /**
     * What to run.
     *
     * @param tables of five columns each, with a primary key, in fifty schemas
     * @param sequences free-standing ones; half of them have been drawn from
     * @param partitions of one more table
     * @param rounds how often there and back
     */
    public record Options(
            int oldMajor, int newMajor, int tables, int sequences, int partitions, int rounds) {}

    /** Starts the servers and fills the old one. */
    public HoldBench(Options options, Consumer<String> says) {
        this.options = options;
        this.says = says;
        int locks = 64 + (options.tables() + options.sequences() + options.partitions()) / 20;
        this.lab =
                Lab.start(
                        ServerSpec.of(options.oldMajor())
                                .with("max_locks_per_transaction", Integer.toString(locks)),
                        ServerSpec.empty(options.newMajor())
                                .with("max_locks_per_transaction", Integer.toString(locks)));
        try {
            fill();
        } catch (RuntimeException | Error e) {
            lab.close();
            throw e;
        }
    }

    private void fill() {
        try (Session session =
                old().open(
                                "bench",
                                Map.of("statement_timeout", "0", "synchronous_commit", "off"))) {
            repeat(session, 50, "CREATE SCHEMA s%s", "i");
            repeat(
                    session,
                    options.tables(),
                    "CREATE TABLE s%s.t%s (id bigint PRIMARY KEY, a integer, b text, c numeric, d"
                            + " timestamptz)",
                    "1 + i % 50, i");
            repeat(
                    session,
                    options.sequences(),
                    "CREATE SEQUENCE s%s.q%s; SELECT setval('s%1$s.q%2$s', 1, %3$L)",
                    "1 + i % 50, i, i % 2 = 0");
            session.execute(
                    "CREATE TABLE s1.parts (id bigint PRIMARY KEY, b text) PARTITION BY LIST (id)");
            repeat(
                    session,
                    options.partitions(),
                    "CREATE TABLE s1.part%s PARTITION OF s1.parts FOR VALUES IN (%1$s)",
                    "i");
            session.execute("VACUUM ANALYZE");
        }
    }

    private static void repeat(Session session, int times, String statement, String values) {
        session.execute(
                """
                DO $$ BEGIN
                    FOR i IN 1..%d LOOP
                        EXECUTE format('%s', %s);
                        IF i %% %d = 0 THEN COMMIT; END IF;
                    END LOOP;
                END $$
                """
                        .formatted(times, statement.replace("'", "''"), values, BATCH));
    }

    /** Prepares, then hands over there and back as often as asked. */
    public List<HandoverReport> run() {
        Settings settings =
                new Settings(
                        old(),
                        fresh(),
                        Optional.empty(),
                        Optional.empty(),
                        new Limits(
                                Duration.ofSeconds(5),
                                false,
                                Duration.ofSeconds(30),
                                Duration.ofMillis(200)),
                        2,
                        1);
        List<HandoverReport> reports = new ArrayList<>();
        try (Upgrade upgrade = new Upgrade(settings, "bench")) {
            long begun = System.nanoTime();
            upgrade.start(_ -> {});
            says.accept("start: %.1f s".formatted((System.nanoTime() - begun) / 1e9));
            for (int round = 1; round <= options.rounds(); round++) {
                lab.servers().forEach(LabServer::checkpoint);
                reports.add(told(upgrade.switchOver(_ -> {})));
                lab.servers().forEach(LabServer::checkpoint);
                reports.add(told(upgrade.rollback(_ -> {})));
            }
            upgrade.abort(_ -> {});
        }
        return reports;
    }

    private HandoverReport told(HandoverReport report) {
        says.accept(
                "%s to %s: held %.1f ms, %.1f ms in all"
                        .formatted(report.from(), report.to(), report.heldMs(), report.totalMs()));
        return report;
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
