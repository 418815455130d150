package dev.relevo.replication;

import dev.relevo.catalog.QualifiedName;
import dev.relevo.catalog.Table;
import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which subscription each table belongs to, so that about the same is written to each of them.
 *
 * <p>Tables that are tied by foreign keys stay together, whatever that does to the balance: a
 * subscription is told to TRUNCATE only those tables that are its own, and PostgreSQL refuses to
 * truncate a table to which one refers that is not truncated with it, which would stop the apply
 * worker for good.
 *
 * <p>What is written is taken from the statistics, which count since they were reset; tables that
 * were never written to are shared out by size. A table stays in the group in which it was begun:
 * {@link Facts} keeps that on the old server.
 *
 * @param groups the tables of each subscription, in the order of {@link Node#part}; may be empty
 */
public record Groups(List<List<QualifiedName>> groups) {

    public Groups {
        groups = groups.stream().map(List::copyOf).toList();
    }

    /** One that has all. */
    private static Groups one(List<Table> tables) {
        return new Groups(List.of(tables.stream().map(Table::name).toList()));
    }

    /**
     * The groups of a database. Takes no locks.
     *
     * @param tables all that publications name
     * @param roots of leaves that are not named, but the roots of their trees: by OID
     * @param subscriptions how many groups to make
     */
    public static Groups read(
            Session publisher, List<Table> tables, Map<Long, Long> roots, int subscriptions) {
        if (subscriptions == 1) {
            return one(tables);
        }
        Map<Long, Long> writes = new HashMap<>();
        publisher.query(
                SqlFile.load(Groups.class, "writes"),
                row ->
                        writes.merge(
                                named(roots, row.bigint("oid")), row.bigint("writes"), Long::sum));
        List<Tie> ties =
                publisher.query(
                        SqlFile.load(Groups.class, "foreign_keys"),
                        row ->
                                new Tie(
                                        named(roots, row.bigint("referrer")),
                                        named(roots, row.bigint("referred"))));
        return of(tables, writes, ties, remembered(publisher), subscriptions);
    }

    private static long named(Map<Long, Long> roots, long oid) {
        return roots.getOrDefault(oid, oid);
    }

    /** A foreign key, by the oids of its tables. */
    record Tie(long referrer, long referred) {}

    /**
     * Shares the tables out: those that are most written to first, each to the group that has least
     * so far.
     *
     * @param writes rows written, by oid
     * @param begun the group of tables that have one
     */
    static Groups of(
            List<Table> tables,
            Map<Long, Long> writes,
            List<Tie> ties,
            Map<String, Integer> begun,
            int subscriptions) {
        List<Share> shares = new ArrayList<>();
        for (int i = 0; i < subscriptions; i++) {
            shares.add(new Share());
        }
        List<Bundle> open = new ArrayList<>();
        for (List<Table> tied : bundles(tables, ties)) {
            Bundle bundle = Bundle.of(tied, writes);
            Optional<Integer> home =
                    tied.stream()
                            .flatMap(t -> Optional.ofNullable(begun.get(t.name().sql())).stream())
                            .min(Comparator.naturalOrder());
            if (home.isEmpty()) {
                open.add(bundle);
            }
            // Two that were begun apart are tied since: neither can move any more.
            home.ifPresent(group ->
                    tied.forEach(table ->
                            shares.get(begun.getOrDefault(table.name().sql(), group) - 1)
                                    .add(Bundle.of(List.of(table), writes))));
        }
        open.sort(Bundle.BIGGEST_FIRST);
        open.forEach(bundle -> shares.stream().min(Share.LEAST_FIRST).orElseThrow().add(bundle));
        return new Groups(
                shares.stream().map(share -> share.names.stream().sorted().toList()).toList());
    }

    /** Tables that are tied by foreign keys, directly or by way of others; most stand alone. */
    private static List<List<Table>> bundles(List<Table> tables, List<Tie> ties) {
        Map<Long, Long> leader = new HashMap<>();
        for (Tie tie : ties) {
            leader.put(leader(leader, tie.referrer()), leader(leader, tie.referred()));
        }
        Map<Long, List<Table>> bundles = new TreeMap<>();
        for (Table table : tables) {
            bundles.computeIfAbsent(leader(leader, table.oid()), _ -> new ArrayList<>()).add(table);
        }
        return List.copyOf(bundles.values());
    }

    private static long leader(Map<Long, Long> leader, long oid) {
        long at = oid;
        while (leader.getOrDefault(at, at) != at) {
            at = leader.getOrDefault(at, at);
        }
        return at;
    }

    /** The group of each table that has one, by its name as SQL. */
    private static Map<String, Integer> remembered(Session publisher) {
        Map<String, Integer> begun = new HashMap<>();
        new Facts(publisher)
                .all(Fact.GROUP)
                .forEach((name, number) -> begun.put(name, Integer.valueOf(number.getFirst())));
        return begun;
    }

    /** Keeps the group of every table; those kept before stay. */
    void remember(Session publisher) {
        new Facts(publisher).putFirst(Fact.GROUP, numbers());
    }

    /** As SQL, for people to read; {@link #remember} does the same. */
    String statement() {
        return Facts.statement(Fact.GROUP, numbers());
    }

    private Map<String, String> numbers() {
        Map<String, String> numbers = new TreeMap<>();
        for (int i = 0; i < groups.size(); i++) {
            for (QualifiedName table : groups.get(i)) {
                numbers.put(table.sql(), Integer.toString(i + 1));
            }
        }
        return numbers;
    }

    /** Whether every table has its group on record. */
    boolean isRemembered(Session publisher) {
        Map<String, Integer> begun = remembered(publisher);
        return groups.stream().flatMap(List::stream).allMatch(t -> begun.containsKey(t.sql()));
    }

    /** Tables that belong together, and what they weigh. */
    private record Bundle(List<QualifiedName> names, long writes, long bytes) {
        static final Comparator<Bundle> BIGGEST_FIRST =
                Comparator.comparingLong(Bundle::writes)
                        .thenComparingLong(Bundle::bytes)
                        .reversed()
                        .thenComparing(bundle -> bundle.names.getFirst());

        static Bundle of(List<Table> tables, Map<Long, Long> writes) {
            return new Bundle(
                    tables.stream().map(Table::name).toList(),
                    tables.stream().mapToLong(t -> writes.getOrDefault(t.oid(), 0L)).sum(),
                    tables.stream().mapToLong(Table::bytes).sum());
        }
    }

    /** A group while it is made. */
    private static final class Share {
        static final Comparator<Share> LEAST_FIRST =
                Comparator.<Share>comparingLong(share -> share.writes)
                        .thenComparingLong(share -> share.bytes)
                        .thenComparingInt(share -> share.names.size());

        private final List<QualifiedName> names = new ArrayList<>();
        private long writes;
        private long bytes;

        void add(Bundle bundle) {
            names.addAll(bundle.names());
            writes += bundle.writes();
            bytes += bundle.bytes();
        }
    }
}
