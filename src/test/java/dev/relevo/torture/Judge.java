package dev.relevo.torture;

import dev.relevo.catalog.Side;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Row;
import dev.relevo.pg.Session;
import dev.relevo.problem.ProblemException;
import dev.relevo.torture.Seen.Attempt;
import dev.relevo.torture.Seen.Outcome;
import dev.relevo.torture.Seen.Tx;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Compares what is in the databases with what the clients were told. */
final class Judge {
    static final String LOST = "acknowledged transaction lost";
    static final String DOUBLED = "transaction doubled";
    static final String UNASKED = "transaction there that was told not to be";
    static final String UPDATE_LOST = "update lost";
    static final String BOTH = "both sides writable";
    static final String TICKET = "value of a sequence given out twice";
    static final String STALE_READ = "stale read";
    static final String FOLLOWER = "the follower does not have the same";
    static final String UNDONE = "undone although nothing was wrong";
    static final String FAILED = "a client failed although nothing was wrong";

    private static final String ROWS =
            """
            SELECT client, n, account, seen, port, coalesce(ticket, -1) AS ticket,
                   coalesce((extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint, 0) AS at
            FROM public.entries WHERE client BETWEEN ? AND ? ORDER BY client, n
            """;

    private static final String COUNTERS = "SELECT id, counter FROM public.accounts ORDER BY id";

    /** So many transactions of a violation are named. */
    private static final int NAMED = 10;

    private final Field field;
    private final Map<Long, String> tickets = new HashMap<>();

    Judge(Field field) {
        this.field = field;
    }

    /** Something that must not be, with the transactions it was found in. */
    record Violation(String kind, String detail) {}

    /** A transaction that is there. */
    record Entry(Tx id, int account, long seen, int port, long ticket, long at) {
        static Entry of(Row row) throws SQLException {
            return new Entry(
                    new Tx(row.integer("client"), row.integer("n")),
                    row.integer("account"),
                    row.bigint("seen"),
                    row.integer("port"),
                    row.bigint("ticket"),
                    row.bigint("at"));
        }

        Entry withoutTime() {
            return new Entry(id, account, seen, port, ticket, 0);
        }
    }

    /**
     * What a round is judged by.
     *
     * @param base no client of an earlier round has that number or a higher one
     * @param counters what each account's counter was when it began
     */
    record Case(Seen seen, int base, Side from, Side to, Map<Integer, Long> counters) {}

    Map<Integer, Long> counters(Side side) {
        Map<Integer, Long> counters = new TreeMap<>();
        try (Session session = field.superuser(side).open("judge")) {
            session.query(COUNTERS, row -> counters.put(row.integer("id"), row.bigint("counter")));
        }
        return counters;
    }

    private List<Entry> entries(Side side, int base) {
        try (Session session = field.superuser(side).open("judge")) {
            return session.query(ROWS, Entry::of, base, base + 999);
        }
    }

    /** None if that server does not answer just now. */
    private List<Entry> entriesIfAny(Side side, int base) {
        try {
            return entries(side, base);
        } catch (PgException | ProblemException e) {
            return List.of();
        }
    }

    /**
     * Everything that is wrong on the side that serves now, and on the other one.
     *
     * @param follows whether that one has a way to get what is missing there
     */
    List<Violation> judge(Case round, boolean follows) {
        List<Violation> found = new ArrayList<>();
        List<Entry> entries = entries(round.to, round.base);
        Map<Integer, Long> counters = counters(round.to);
        presence(round, entries, found);
        updates(round, entries, counters, found);
        order(round, entries, entriesIfAny(round.from, round.base), found);
        tickets(round, entries, found);
        reads(round, entries, found);
        if (follows) {
            follower(round, entries, counters, found);
        }
        return found;
    }

    /** Acknowledged once, unknown at most once, others never. */
    private static void presence(Case round, List<Entry> entries, List<Violation> found) {
        Map<Tx, Long> times =
                entries.stream().collect(Collectors.groupingBy(Entry::id, Collectors.counting()));
        Map<Tx, Attempt> attempts = round.seen.attempts();
        List<String> lost = new ArrayList<>();
        List<String> doubled = new ArrayList<>();
        List<String> unasked = new ArrayList<>();
        attempts.forEach((id, attempt) -> {
            long there = times.getOrDefault(id, 0L);
            if (attempt.outcome() == Outcome.COMMITTED && there == 0) {
                lost.add(attempt.toString());
            }
            if (attempt.outcome() == Outcome.NOT_COMMITTED && there > 0) {
                unasked.add(attempt.toString());
            }
        });
        times.forEach((id, there) -> {
            if (there > 1) {
                doubled.add(id + " " + there + " times");
            }
            if (!attempts.containsKey(id)) {
                unasked.add(id + " of which no client told");
            }
        });
        add(found, LOST, lost);
        add(found, DOUBLED, doubled);
        add(found, UNASKED, unasked);
    }

    /** Each change of a counter saw the one before: what they saw has no gap and nothing twice. */
    private static void updates(
            Case round, List<Entry> entries, Map<Integer, Long> counters, List<Violation> found) {
        Map<Integer, List<Entry>> by =
                entries.stream().collect(Collectors.groupingBy(Entry::account));
        List<String> lost = new ArrayList<>();
        counters.forEach((account, counter) -> {
            long expected = round.counters.getOrDefault(account, 0L);
            List<Entry> changes = new ArrayList<>(by.getOrDefault(account, List.of()));
            changes.sort(Comparator.comparingLong(Entry::seen));
            for (Entry change : changes) {
                if (change.seen() != expected) {
                    lost.add(
                            "account %d: %s saw %d where %d was due"
                                    .formatted(account, change, change.seen(), expected));
                }
                expected = change.seen() + 1;
            }
            if (expected != counter) {
                lost.add("account %d is %d where %d is due".formatted(account, counter, expected));
            }
        });
        add(found, UPDATE_LOST, lost);
    }

    /** Every commit on the side that served comes before every one on the other, by one clock. */
    private void order(Case round, List<Entry> entries, List<Entry> onFrom, List<Violation> found) {
        int before = field.server(round.from).port();
        long last =
                Stream.concat(entries.stream(), onFrom.stream())
                        .filter(e -> e.port() == before)
                        .mapToLong(Entry::at)
                        .max()
                        .orElse(0);
        List<String> early =
                entries.stream()
                        .filter(e -> e.port() != before && e.at() > 0 && e.at() <= last)
                        .map(e ->
                                e + " was committed while the " + round.from + " server still was")
                        .toList();
        add(found, BOTH, early);
        List<String> elsewhere =
                entries.stream()
                        .filter(e ->
                                e.port() != before && e.port() != field.server(round.to).port())
                        .map(Entry::toString)
                        .toList();
        add(found, "committed on neither server", elsewhere);
    }

    /** No number was given out twice. */
    private void tickets(Case round, List<Entry> entries, List<Violation> found) {
        Map<Long, String> drawn = new HashMap<>();
        List<String> twice = new ArrayList<>();
        entries.stream()
                .filter(entry -> entry.ticket() >= 0)
                .forEach(entry -> drawn(drawn, entry.ticket(), entry.toString(), twice));
        round.seen.draws().forEach(draw -> drawn(drawn, draw.ticket(), draw.toString(), twice));
        add(found, TICKET, twice);
    }

    private void drawn(Map<Long, String> drawn, long ticket, String now, List<String> twice) {
        String before = drawn.putIfAbsent(ticket, now);
        if (before == null) {
            before = tickets.putIfAbsent(ticket, "an earlier round");
        }
        if (before != null) {
            twice.add(now + " and " + before);
        }
    }

    /** Nobody read less than what had been acknowledged to anybody before he asked. */
    private static void reads(Case round, List<Entry> entries, List<Violation> found) {
        Map<Integer, List<Attempt>> known = new HashMap<>();
        for (Entry entry : entries) {
            Attempt attempt = round.seen.attempts().get(entry.id());
            if (attempt != null && attempt.outcome() == Outcome.COMMITTED) {
                known.computeIfAbsent(entry.account(), _ -> new ArrayList<>()).add(attempt);
            }
        }
        List<String> stale = new ArrayList<>();
        for (Seen.Read read : round.seen.reads()) {
            long due =
                    round.counters.getOrDefault(read.account(), 0L)
                            + known.getOrDefault(read.account(), List.of()).stream()
                                    .filter(attempt -> attempt.ended() < read.sent())
                                    .count();
            if (read.counter() < due) {
                stale.add(read + " where " + due + " had been acknowledged");
            }
        }
        add(found, STALE_READ, stale);
    }

    /** The other side comes to have the same. */
    private void follower(
            Case round, List<Entry> entries, Map<Integer, Long> counters, List<Violation> found) {
        List<Entry> expected = entries.stream().map(Entry::withoutTime).toList();
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        List<Entry> there = List.of();
        Map<Integer, Long> theirs = Map.of();
        String problem = "";
        while (System.nanoTime() < deadline) {
            try {
                there = entries(round.from, round.base).stream().map(Entry::withoutTime).toList();
                theirs = counters(round.from);
                if (there.equals(expected) && theirs.equals(counters)) {
                    return;
                }
            } catch (PgException | ProblemException e) {
                problem = String.valueOf(e.getMessage());
            }
            LockSupport.parkNanos(100_000_000);
        }
        Set<Entry> missing = new HashSet<>(expected);
        there.forEach(missing::remove);
        Set<Entry> extra = new HashSet<>(there);
        expected.forEach(extra::remove);
        found.add(
                new Violation(
                        FOLLOWER,
                        "missing %d %s; too many %d %s; counters %s; %s"
                                .formatted(
                                        missing.size(),
                                        missing.stream().limit(NAMED).toList(),
                                        extra.size(),
                                        extra.stream().limit(NAMED).toList(),
                                        Objects.equals(theirs, counters) ? "equal" : "differ",
                                        problem)));
    }

    private static void add(List<Violation> found, String kind, List<String> what) {
        if (!what.isEmpty()) {
            found.add(
                    new Violation(
                            kind,
                            what.size()
                                    + ": "
                                    + what.stream()
                                            .limit(NAMED)
                                            .collect(Collectors.joining("; "))));
        }
    }

    /** Between two answers to anybody, in milliseconds. */
    static long longestGap(Seen seen) {
        long[] ended =
                seen.attempts().values().stream()
                        .filter(attempt -> attempt.outcome() == Outcome.COMMITTED)
                        .mapToLong(Attempt::ended)
                        .sorted()
                        .toArray();
        return IntStream.range(1, Math.max(1, ended.length))
                        .mapToLong(i -> ended[i] - ended[i - 1])
                        .max()
                        .orElse(0)
                / 1_000_000;
    }

    /**
     * How long after an instant a client was answered first, in nanoseconds, or more than can be.
     *
     * @param client or -1 for anybody but one that writes on either side
     */
    static long firstAfter(Seen seen, int client, long instant) {
        return seen.attempts().values().stream()
                        .filter(attempt -> attempt.outcome() == Outcome.COMMITTED)
                        .filter(attempt ->
                                client < 0
                                        ? !ClientKind.HOSTILE.has(attempt.id().client())
                                        : attempt.id().client() == client)
                        .mapToLong(Attempt::ended)
                        .filter(ended -> ended >= instant)
                        .min()
                        .orElse(Long.MAX_VALUE)
                - instant;
    }

    /**
     * When nothing goes wrong, the command succeeds, and who connects for each transaction never
     * fails.
     */
    void calm(Case round, int status, List<Violation> found) {
        if (status != 0) {
            found.add(new Violation(UNDONE, "status " + status));
        }
        List<String> failed = new ArrayList<>();
        int connect = round.base + ClientKind.CONNECT.first;
        int patient = round.base + ClientKind.LONG.first;
        round.seen.attempts().values().stream()
                .filter(attempt -> attempt.outcome() == Outcome.NOT_COMMITTED)
                .filter(attempt ->
                        attempt.id().client() / 10 == connect / 10
                                || attempt.id().client() / 10 == patient / 10)
                .forEach(attempt -> failed.add(attempt.toString()));
        if (round.seen.errors().containsKey(PgbenchClient.ABORTED)) {
            failed.add(PgbenchClient.ABORTED);
        }
        add(found, FAILED, failed);
    }
}
