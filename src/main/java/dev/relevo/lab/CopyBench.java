package dev.relevo.lab;

import dev.relevo.handover.Limits;
import dev.relevo.pg.ClientTools;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.plan.Event;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.upgrade.Settings;
import dev.relevo.upgrade.Upgrade;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
    private static final Set<String> COPYING =
            Set.of(
                    "schema",
                    "snapshot",
                    "copy",
                    "schema-after-data",
                    "subscription",
                    "tables-ready");

    private final Options options;
    private final Lab lab;
    private final Consumer<String> says;

    /** Who is timed. */
    public enum Contender {
        /** {@code relevo start}. */
        RELEVO,
        /** A subscription with {@code copy_data}, four table synchronization workers. */
        NATIVE,
        /** {@code pg_dump -Fd -j} to files, then {@code pg_restore -j}. */
        DUMP,
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
        this.lab =
                Lab.start(ServerSpec.of(options.oldMajor()), ServerSpec.empty(options.newMajor()));
        try {
            writePassfile();
            fill();
        } catch (RuntimeException | Error e) {
            lab.close();
            throw e;
        }
    }

    /** Runs all rounds, after one run that does not count: whoever is first makes the WAL files. */
    public Report run() {
        Map<Contender, List<Duration>> times = new EnumMap<>(Contender.class);
        time(options.contenders().getLast());
        for (int round = 1; round <= options.rounds(); round++) {
            // Each is first in turn: the first finds colder caches.
            List<Contender> order = new ArrayList<>(options.contenders());
            Collections.rotate(order, 1 - round);
            for (Contender contender : order) {
                lab.servers().forEach(CopyBench::checkpoint);
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
        switch (contender) {
            case NATIVE -> nativeSync();
            case DUMP -> shell(DUMP);
            case FLOOR -> shell(floor());
            case RELEVO -> throw new IllegalStateException();
        }
        Duration took = Duration.ofNanos(System.nanoTime() - begun);
        requireSame();
        clear(contender);
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
            requireSame();
            upgrade.abort(_ -> {});
        }
        return took[0];
    }

    private void nativeSync() {
        shell(
                "pg_dump -d \"$OLD\" --schema-only | psql -qX -v ON_ERROR_STOP=1 -d \"$NEW\" >/dev/null");
        try (Session here = old().open("bench");
                Session there = fresh().open("bench")) {
            here.execute("CREATE PUBLICATION bench FOR ALL TABLES");
            there.execute(
                    "CREATE SUBSCRIPTION bench CONNECTION "
                            + Quote.literal(old().conninfo(old().password()))
                            + " PUBLICATION bench");
            while (there.exists("SELECT FROM pg_subscription_rel WHERE srsubstate <> 'r'")) {
                try {
                    Thread.sleep(20);
                } catch (InterruptedException e) {
                    throw Command.interrupted(e);
                }
            }
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

    private static final String DUMP =
            "rm -rf dump; pg_dump -d \"$OLD\" -Fd -j $JOBS -Z 0 -f dump && pg_restore -d \"$NEW\" -j $JOBS dump";

    /** Tables above 16 MB in as many ranges as there are jobs; the others one by one. */
    private String floor() {
        StringBuilder work = new StringBuilder();
        try (Session session = old().open("bench")) {
            session.query(
                    "SELECT format('%I.%I', n.nspname, c.relname) AS name, pg_relation_size(c.oid) / 8192"
                            + " AS blocks, pg_table_size(c.oid) AS bytes FROM pg_class c JOIN"
                            + " pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND"
                            + " n.nspname = 'public' ORDER BY 3 DESC",
                    row -> {
                        long blocks = row.bigint("blocks");
                        int pieces = row.bigint("bytes") > 16 << 20 ? options.jobs() : 1;
                        for (int i = 0; i < pieces; i++) {
                            String range =
                                    pieces == 1
                                            ? ""
                                            : " WHERE ctid >= '(%d,0)' AND ctid < '(%d,0)'"
                                                    .formatted(
                                                            blocks * i / pieces,
                                                            blocks * (i + 1) / pieces);
                            work.append(row.text("name")).append('|').append(range).append('\n');
                        }
                        return true;
                    });
        }
        return """
        pg_dump -d "$OLD" --section=pre-data | psql -qX -v ON_ERROR_STOP=1 -d "$NEW" >/dev/null
        pg_dump -d "$OLD" --schema-only -Fc -f rest
        one() {
            t=${1%%%%|*}; w=${1#*|}
            psql -qXAt -d "$OLD" -c "COPY (SELECT * FROM $t$w) TO STDOUT (FORMAT binary)" |
                psql -qXAt -d "$NEW" -c "COPY $t FROM STDIN (FORMAT binary)"
        }
        export -f one
        xargs -d '\\n' -P $JOBS -I{} bash -c 'one "$1"' one {} <<'WORK'
        %sWORK
        pg_restore -d "$NEW" -j $JOBS --section=post-data rest
        """
                .formatted(work);
    }

    private void shell(String script) {
        Path bin =
                ClientTools.find(options.oldMajor(), options.newMajor())
                        .orElseThrow(() ->
                                new Problem(
                                                ExitStatus.USAGE,
                                                "client-tools",
                                                "no pg_dump of version "
                                                        + options.oldMajor()
                                                        + " or newer found",
                                                "",
                                                "Run apt-get install postgresql-client.")
                                        .toException())
                        .directory();
        Command.run(
                lab.directory(),
                Map.of(
                        "PATH", bin + ":" + System.getenv().getOrDefault("PATH", "/usr/bin:/bin"),
                        "OLD", conninfo(old()),
                        "NEW", conninfo(fresh()),
                        "JOBS", Integer.toString(options.jobs()),
                        "PGPASSFILE", passfile().toString()),
                List.of("bash", "-euo", "pipefail", "-c", script));
    }

    private static String conninfo(Endpoint endpoint) {
        return endpoint.conninfo();
    }

    private Path passfile() {
        return lab.directory().resolve("bench-passfile");
    }

    private void writePassfile() {
        StringBuilder lines = new StringBuilder();
        for (LabServer server : lab.servers()) {
            Endpoint endpoint = server.superuser("postgres");
            lines.append("127.0.0.1:")
                    .append(server.port())
                    .append(":*:postgres:")
                    .append(endpoint.password().reveal())
                    .append('\n');
        }
        try {
            Files.createFile(
                    passfile(),
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            Files.writeString(passfile(), lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void fill() {
        switch (options.data()) {
            case PGBENCH -> PgbenchTables.create(lab.server(0).application(), options.scale());
            case WIDE ->
                    run(
                            """
                            CREATE TABLE public.wide (id bigint PRIMARY KEY, a integer, b integer, c text,
                                d timestamptz, e numeric, doc text, body text)
                            """,
                            "ALTER TABLE public.wide ALTER COLUMN body SET STORAGE EXTERNAL",
                            """
                            INSERT INTO public.wide SELECT g, g %% 1000, -g, md5(g::text),
                                '2020-01-01'::timestamptz + g * '1 s'::interval, g / 7.0, repeat(md5(g::text), 6),
                                CASE WHEN g %% 4 = 0 THEN repeat(md5((g + 1)::text), 120) END
                                FROM generate_series(1, %d) g
                            """
                                    .formatted(options.scale() * 10_000),
                            "CREATE INDEX ON public.wide (a)",
                            "CREATE INDEX ON public.wide (b)",
                            "CREATE INDEX ON public.wide (c)",
                            "CREATE INDEX ON public.wide (d)",
                            "CREATE INDEX ON public.wide (e, a)",
                            "VACUUM ANALYZE public.wide");
            case MANY ->
                    run(
                            """
                            DO $$ BEGIN
                                FOR i IN 1..%d LOOP
                                    EXECUTE format('CREATE TABLE public.t%%s (id integer PRIMARY KEY, b text,
                                        c timestamptz DEFAULT now())', i);
                                    EXECUTE format('INSERT INTO public.t%%s SELECT g, md5(g::text)
                                        FROM generate_series(1, 100) g', i);
                                    EXECUTE format('CREATE INDEX ON public.t%%s (b)', i);
                                    IF i %% 100 = 0 THEN COMMIT; END IF;
                                END LOOP;
                            END $$
                            """
                                    .formatted(options.scale() * 30));
        }
    }

    private void run(String... statements) {
        try (Session session =
                old().open(
                                "bench",
                                Map.of("statement_timeout", "0", "synchronous_commit", "off"))) {
            for (String statement : statements) {
                session.execute(statement);
            }
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

    private static void checkpoint(LabServer server) {
        try (Session session =
                server.superuser("postgres").open("bench", Map.of("statement_timeout", "0"))) {
            session.execute("CHECKPOINT");
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
        lab.close();
    }
}
