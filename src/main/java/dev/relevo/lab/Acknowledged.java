package dev.relevo.lab;

import java.util.BitSet;
import java.util.List;

/** What clients were told about their transactions, to be held against the table of history. */
public sealed interface Acknowledged {

    /**
     * pgbench only counts.
     *
     * @param committed transactions that it saw commit
     * @param gaveUp clients that stopped at an error, each with one transaction of unknown fate
     */
    record Counted(long committed, long gaveUp) implements Acknowledged {}

    /**
     * Each transaction has a name, {@code run-client-number}, in {@code pgbench_history.filler}.
     *
     * @param run tells this load's rows from others'
     * @param committed for each client the numbers that the server said it committed
     */
    record Named(String run, List<BitSet> committed) implements Acknowledged {

        public Named {
            committed = committed.stream().map(set -> (BitSet) set.clone()).toList();
        }

        static String name(String run, int client, int number) {
            return run + '-' + client + '-' + number;
        }
    }
}
