package dev.relevo.lab;

import dev.relevo.pg.ClientTools;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

/**
 * The others that {@link CopyBench} runs, each into an empty database: its rows, keys and indexes
 * are there when {@link #run} returns.
 */
final class CopyRivals {
    private static final String DUMP =
            """
            rm -rf dump
            pg_dump -d "$OLD" -Fd -j $JOBS -Z 0 -f dump
            pg_restore -d "$NEW" -j $JOBS dump
            """;

    /** A table is split where a part holds more than the biggest one's share of a job. */
    private static final String PGCOPYDB =
            """
            rm -rf pgcopydb
            part=$(psql -qXAt -d "$OLD" -c "SELECT greatest(max(pg_table_size(c.oid)) / $JOBS + 8192, 16 << 20)
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind = 'r' AND n.nspname = 'public'")
            pgcopydb clone --source "$OLD" --target "$NEW" --dir pgcopydb --table-jobs $JOBS --index-jobs $JOBS \
                --split-tables-larger-than $part --skip-large-objects --skip-extensions
            rm -rf pgcopydb
            """;

    private final Lab lab;
    private final CopyBench.Options options;

    /** Writes down the passwords, for the programs, in the directory of the lab. */
    CopyRivals(Lab lab, CopyBench.Options options) {
        this.lab = lab;
        this.options = options;
        writePassfile();
    }

    /** Copies. */
    void run(CopyBench.Contender contender) {
        switch (contender) {
            case NATIVE -> nativeSync();
            case DUMP -> shell(DUMP);
            case PGCOPYDB -> shell(PGCOPYDB);
            case FLOOR -> shell(floor());
            case RELEVO -> throw new IllegalArgumentException("no rival");
        }
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
                        "OLD", old().conninfo(),
                        "NEW", fresh().conninfo(),
                        "JOBS", Integer.toString(options.jobs()),
                        "PGPASSFILE", passfile().toString()),
                List.of("bash", "-euo", "pipefail", "-c", script));
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

    private Endpoint old() {
        return lab.server(0).superuser(LabServer.APPLICATION);
    }

    private Endpoint fresh() {
        return lab.server(1).superuser(LabServer.APPLICATION);
    }
}
