package dev.relevo.lab;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/**
 * What a load's clients were told, held against what a server has, once the load is over. The
 * server's tables must have been made for this one load: pgbench empties {@code pgbench_history}
 * when it starts.
 *
 * @param rows rows of history that belong to the load
 * @param lost transactions that a client saw commit and that are not there
 * @param duplicated rows that are there a second time
 * @param unknownCommitted rows of transactions that no client saw commit
 * @param balance the four sums
 */
public record Tally(long rows, long lost, long duplicated, long unknownCommitted, Balance balance) {

    /**
     * Each transaction adds one delta to an account, a teller and a branch, and writes it down.
     *
     * @param accounts sum of all accounts
     * @param tellers sum of all tellers
     * @param branches sum of all branches
     * @param history sum of all deltas
     */
    public record Balance(long accounts, long tellers, long branches, long history) {
        public boolean holds() {
            return accounts == tellers && tellers == branches && branches == history;
        }
    }

    /** Whether nothing is lost, nothing is there twice, and the sums agree. */
    public boolean clean() {
        return lost == 0 && duplicated == 0 && balance.holds();
    }

    /** Reads the server's four tables in one snapshot; takes no lock that would hinder anybody. */
    public static Tally of(Endpoint endpoint, Acknowledged acknowledged) {
        try (Session session = endpoint.open("tally", Map.of("statement_timeout", "0"))) {
            session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
            Balance balance = balance(session);
            Tally tally =
                    switch (acknowledged) {
                        case Acknowledged.Counted counted -> counted(session, counted, balance);
                        case Acknowledged.Named named -> named(session, named, balance);
                    };
            session.commit();
            return tally;
        }
    }

    private static Balance balance(Session session) {
        return session.one(
                """
                SELECT (SELECT coalesce(sum(abalance), 0) FROM public.pgbench_accounts) AS accounts,
                       (SELECT coalesce(sum(tbalance), 0) FROM public.pgbench_tellers) AS tellers,
                       (SELECT coalesce(sum(bbalance), 0) FROM public.pgbench_branches) AS branches,
                       (SELECT coalesce(sum(delta), 0) FROM public.pgbench_history) AS history
                """,
                row ->
                        new Balance(
                                row.bigint("accounts"),
                                row.bigint("tellers"),
                                row.bigint("branches"),
                                row.bigint("history")));
    }

    private static Tally counted(Session session, Acknowledged.Counted counted, Balance balance) {
        long rows = Long.parseLong(session.text("SELECT count(*) FROM public.pgbench_history"));
        long lost = Math.max(0, counted.committed() - rows);
        long more = Math.max(0, rows - counted.committed());
        // Each client that gave up may have left one commit behind that it never heard of.
        long unknown = Math.min(more, counted.gaveUp());
        return new Tally(rows, lost, more - unknown, unknown, balance);
    }

    private static Tally named(Session session, Acknowledged.Named named, Balance balance) {
        List<String> names =
                session.query(
                        "SELECT rtrim(filler) AS name FROM public.pgbench_history WHERE filler LIKE ?",
                        row -> row.text("name"),
                        named.run() + "-%");
        List<BitSet> seen = new ArrayList<>();
        named.committed().forEach(_ -> seen.add(new BitSet()));
        long duplicated = 0;
        long unknown = 0;
        for (String name : names) {
            String[] part = name.split("-", -1);
            int client = Integer.parseInt(part[1]);
            int number = Integer.parseInt(part[2]);
            if (seen.get(client).get(number)) {
                duplicated++;
            } else if (!named.committed().get(client).get(number)) {
                unknown++;
            }
            seen.get(client).set(number);
        }
        long lost = 0;
        for (int client = 0; client < seen.size(); client++) {
            BitSet missing = (BitSet) named.committed().get(client).clone();
            missing.andNot(seen.get(client));
            lost += missing.cardinality();
        }
        return new Tally(names.size(), lost, duplicated, unknown, balance);
    }
}
