package dev.relevo.lab;

import static dev.relevo.ledger.OwnTable.COPY_TASK;

import dev.relevo.handover.Limits;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.plan.Event;
import dev.relevo.upgrade.Settings;
import dev.relevo.upgrade.Upgrade;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Times the initial copy side by side with others, in turn and several times, on two throw-away
 * servers of this machine with their default settings and with fsync.
 *
 * <p>Everybody ends with the same: schema, rows and indexes. What else {@code start} does (roles,
 * fences, statistics) is left out of Relevo's time; making slot and subscription is in it.
 */
public final class CopyBench implements AutoCloseable {
    /** The subscription is made while the copy is under way, and is in its time. */
    private static final Set<String> COPYING =
            Set.of("schema", "snapshot", "copy", "schema-after-data", "tables-ready");

    private final Options options;
    private final Consumer<String> says;
    private final List<Lab> used = new ArrayList<>();
    private Lab lab;
    private CopyRivals rivals;

    /** Who is timed. */
    public enum Contender {
        /** {@code relevo start}. */
        RELEVO,
        /** A subscription with {@code copy_data}, four table synchronization workers. */
        NATIVE,
        /** {@code pg_dump -Fd -j} to files, then {@code pg_restore -j}. */
        DUMP,
        /** {@code pgcopydb clone}, when it is installed. */
        PGCOPYDB,
        /**
         * psql piped into psql over ranges of blocks in binary, then {@code pg_restore -j} of the
         * rest.
         */
        FLOOR
    }

    /** What is copied. */
    public enum Data {
        /** pgbench's tables. */
        PGBENCH,
        /** One table with TOAST and six indexes. */
        WIDE,
        /** Small tables, 30 for each unit of scale. */
        MANY
    }

    /**
     * What to run.
     *
     * @param jobs how many workers each contender is given
     */
    public record Options(
            int oldMajor,
            int newMajor,
            Data data,
            int scale,
            int rounds,
            int jobs,
            List<Contender> contenders) {}

    /** How long each took, round by round. */
    public record Report(Map<Contender, List<Duration>> times) {}

    /** Starts the servers and fills the old one. */
    public CopyBench(Options options, Consumer<String> says) {
        this.options = options;
        this.says = says;
        this.lab = filled(options);
        this.rivals = new CopyRivals(lab, options);
    }

    private static Lab filled(Options options) {
        Lab lab =
                Lab.start(ServerSpec.of(options.oldMajor()), ServerSpec.empty(options.newMajor()));
        try {
            new CopyData(lab).fill(options.data(), options.scale());
            return lab;
        } catch (RuntimeException | Error e) {
            lab.close();
            throw e;
        }
    }

    /**
     * Small tables are thousands of files, and ext4 is slow to make some where as many were removed
     * in the last minutes: it looks at each of these inodes before it takes another one. So for
     * them each run has servers of its own, and nothing is removed before the end.
     */
    private boolean renews() {
        return options.data() == Data.MANY;
    }

    private void renew() {
        lab.servers().forEach(server -> server.stop(LabServer.StopMode.FAST));
        used.add(lab);
        lab = filled(options);
        rivals = new CopyRivals(lab, options);
    }

    /** Runs all rounds, after one run that does not count: whoever is first makes the WAL files. */
    public Report run() {
        Map<Contender, List<Duration>> times = new EnumMap<>(Contender.class);
        List<Contender> contenders = new ArrayList<>(options.contenders());
        if (contenders.contains(Contender.PGCOPYDB) && !Command.exists("pgcopydb")) {
            contenders.remove(Contender.PGCOPYDB);
            says.accept("pgcopydb is not installed, and left out: apt-get install pgcopydb");
        }
        time(contenders.getLast());
        for (int round = 1; round <= options.rounds(); round++) {
            // Each is first in turn: the first finds colder caches.
            List<Contender> order = new ArrayList<>(contenders);
            Collections.rotate(order, 1 - round);
            for (Contender contender : order) {
                if (renews()) {
                    renew();
                }
                lab.servers().forEach(LabServer::checkpoint);
                Duration took = time(contender);
                times.computeIfAbsent(contender, _ -> new ArrayList<>()).add(took);
                says.accept(
                        "round %d, %s: %.2f s"
                                .formatted(
                                        round,
                                        contender.name().toLowerCase(java.util.Locale.ROOT),
                                        took.toNanos() / 1e9));
            }
        }
        return new Report(times);
    }

    private Duration time(Contender contender) {
        if (contender == Contender.RELEVO) {
            return relevo();
        }
        try (Session session = onNew("postgres")) {
            session.execute("CREATE ROLE pgbench");
            session.execute("CREATE DATABASE pgbench");
        }
        long begun = System.nanoTime();
        rivals.run(contender);
        Duration took = Duration.ofNanos(System.nanoTime() - begun);
        requireSame();
        if (!renews()) {
            clear(contender);
        }
        return took;
    }

    private Duration relevo() {
        Settings settings =
                new Settings(
                        old(),
                        fresh(),
                        Optional.empty(),
                        Optional.empty(),
                        Limits.DEFAULT,
                        options.jobs(),
                        1);
        Duration[] took = {Duration.ZERO};
        try (Upgrade upgrade = new Upgrade(settings, "bench")) {
            upgrade.start(event -> {
                if (event instanceof Event.Finished done && COPYING.contains(done.step().id())) {
                    took[0] = took[0].plus(done.took());
                    says.accept(
                            "    %s: %.2f s, %s"
                                    .formatted(
                                            done.step().id(),
                                            done.took().toNanos() / 1e9,
                                            done.evidence()));
                }
            });
            says.accept("    of the copy: " + rowsAndIndexes());
            requireSame();
            if (!renews()) {
                upgrade.abort(_ -> {});
            }
        }
        return took[0];
    }

    private String rowsAndIndexes() {
        try (Session session = fresh().open("bench")) {
            return session.one(
                    "SELECT extract(epoch FROM r.ended - r.begun)::float8 AS rows, extract(epoch FROM"
                            + " r.last - r.ended)::float8 AS behind FROM (SELECT min(begun) AS begun,"
                            + " max(ended) FILTER (WHERE kind = 'chunk') AS ended, max(ended) AS last"
                            + " FROM "
                            + COPY_TASK
                            + ") r",
                    row ->
                            "rows %.2f s, keys and indexes %.2f s longer"
                                    .formatted(row.real("rows"), row.real("behind")));
        }
    }

    private void clear(Contender contender) {
        if (contender == Contender.NATIVE) {
            try (Session here = old().open("bench");
                    Session there = fresh().open("bench")) {
                there.execute("DROP SUBSCRIPTION bench");
                here.execute("DROP PUBLICATION bench");
            }
        }
        try (Session session = onNew("postgres")) {
            session.execute("DROP DATABASE pgbench");
            session.execute("DROP ROLE pgbench");
        }
    }

    private void requireSame() {
        String count =
                "SELECT coalesce(sum((xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM"
                        + " %I.%I', n.nspname, c.relname), false, true, '')))[1]::text::bigint), 0)"
                        + " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE relkind"
                        + " = 'r' AND nspname = 'public'";
        String indexes = "SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'";
        Map<String, String> patient = Map.of("statement_timeout", "0");
        try (Session a = old().open("bench", patient);
                Session b = fresh().open("bench", patient)) {
            for (String question : List.of(count, indexes)) {
                String expected = a.text(question);
                String found = b.text(question);
                if (!expected.equals(found)) {
                    throw new IllegalStateException(expected + " on old, " + found + " on new");
                }
            }
        }
    }

    private Endpoint old() {
        return lab.server(0).superuser(LabServer.APPLICATION);
    }

    private Endpoint fresh() {
        return lab.server(1).superuser(LabServer.APPLICATION);
    }

    private Session onNew(String database) {
        return lab.server(1).superuser(database).open("bench");
    }

    @Override
    public void close() {
        used.forEach(Lab::close);
        lab.close();
    }
}
