package dev.relevo.lab;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The exercise's data set: pgbench's four tables. */
public final class PgbenchTables {
    private static final int TELLERS = 10;
    private static final int ACCOUNTS = 100_000;

    private PgbenchTables() {}

    /** Makes the tables with {@code pgbench --initialize}, or without it the very same. */
    public static void create(Lab lab, Endpoint owner, int scale) {
        Optional<Path> pgbench = PgbenchProgram.find();
        if (pgbench.isEmpty()) {
            create(owner, scale);
            return;
        }
        List<String> command =
                List.of(
                        pgbench.get().toString(),
                        "--initialize",
                        "--scale=" + scale,
                        "-I",
                        "dtgvp",
                        PgbenchProgram.conninfo(List.of(owner)));
        Command.run(lab.directory(), Map.of("PGPASSFILE", lab.passfile().toString()), command);
    }

    /** Makes the tables without pgbench. */
    static void create(Endpoint owner, int scale) {
        try (Session session =
                owner.open(
                        "lab",
                        Map.of(
                                "search_path", "public",
                                "statement_timeout", "0",
                                "synchronous_commit", "off"))) {
            session.execute(
                    """
                    DROP TABLE IF EXISTS pgbench_accounts, pgbench_branches, pgbench_history,
                        pgbench_tellers;
                    CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int,
                        mtime timestamp, filler char(22));
                    CREATE TABLE pgbench_tellers (tid int not null, bid int, tbalance int,
                        filler char(84)) WITH (fillfactor = 100);
                    CREATE TABLE pgbench_accounts (aid int not null, bid int, abalance int,
                        filler char(84)) WITH (fillfactor = 100);
                    CREATE TABLE pgbench_branches (bid int not null, bbalance int,
                        filler char(88)) WITH (fillfactor = 100)
                    """);
            session.update(
                    "INSERT INTO pgbench_branches SELECT b, 0 FROM generate_series(1, ?) b", scale);
            session.update(
                    "INSERT INTO pgbench_tellers SELECT t, (t - 1) / 10 + 1, 0"
                            + " FROM generate_series(1, ?) t",
                    scale * TELLERS);
            session.update(
                    "INSERT INTO pgbench_accounts SELECT a, (a - 1) / 100000 + 1, 0, ''"
                            + " FROM generate_series(1, ?) a",
                    scale * ACCOUNTS);
            for (String table : List.of("branches", "tellers", "accounts", "history")) {
                session.execute("VACUUM ANALYZE pgbench_" + table);
            }
            session.execute("ALTER TABLE pgbench_branches ADD PRIMARY KEY (bid)");
            session.execute("ALTER TABLE pgbench_tellers ADD PRIMARY KEY (tid)");
            session.execute("ALTER TABLE pgbench_accounts ADD PRIMARY KEY (aid)");
        }
    }
}
