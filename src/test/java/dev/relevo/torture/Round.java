package dev.relevo.torture;

import dev.relevo.catalog.Side;
import dev.relevo.pg.PgException;
import dev.relevo.problem.ProblemException;
import dev.relevo.torture.Fault.Moment;
import dev.relevo.torture.Judge.Violation;
import dev.relevo.torture.Seen.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One handover with clients at work, one fault, the same command again, and a verdict. */
final class Round {
    /** More than every limit of a handover together. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /**
     * So soon after the end of a fault somebody must serve, on a machine that is not late itself.
     */
    private static final long SERVED_WITHIN = TimeUnit.SECONDS.toNanos(2);

    /** And so soon a client that looks at the closed host first must have found the open one. */
    private static final long FOUND_WITHIN = TimeUnit.SECONDS.toNanos(4);

    static final String NOBODY_SERVES = "nobody serves after the end of the fault";
    static final String NOT_FOUND = "a client does not find who serves";

    /** A machine that is late by so much proves nothing about clients that fail. */
    private static final long BUSY = TimeUnit.MILLISECONDS.toNanos(150);

    private static final Duration FREEZES_WITHIN = Duration.ofSeconds(6);

    private static final int ATTEMPTS = 6;

    /** A network between the servers that is slow enough to see what lags behind it. */
    static final int LAG_MILLIS = 150;

    private final Field field;
    private final Judge judge;
    private final Set<ClientKind> kinds;
    private final List<String> steps;
    private final int pace;
    private long lap;
    private CountDownLatch commitPoint = new CountDownLatch(0);

    /**
     * @param pace the clients pause so many times as long
     */
    Round(Field field, Judge judge, Set<ClientKind> kinds, List<String> steps, int pace) {
        this.field = field;
        this.judge = judge;
        this.kinds = kinds;
        this.steps = steps;
        this.pace = pace;
    }

    /**
     * What a round was and how it ended.
     *
     * @param statuses with which the command ended, each time it was given
     * @param servedAfterMillis after the end of the fault
     * @param noWayBack its slot has lost its log: these two servers cannot be handed back
     */
    record Report(
            int round,
            long seed,
            Fault fault,
            String moment,
            int lastedMillis,
            Side from,
            List<Integer> statuses,
            List<String> said,
            long committed,
            long unknown,
            long longestGapMillis,
            long servedAfterMillis,
            long stallMillis,
            Map<String, Integer> errors,
            List<Violation> violations,
            boolean noWayBack,
            Map<String, Long> millis) {
        Map<String, Object> document() {
            Map<String, Object> all = new LinkedHashMap<>();
            all.put("round", round);
            all.put("seed", seed);
            all.put("fault", fault.toString());
            all.put("moment", moment);
            all.put("lastedMs", lastedMillis);
            all.put("command", command(from));
            all.put("statuses", statuses);
            all.put("said", said);
            all.put("committed", committed);
            all.put("unknown", unknown);
            all.put("longestGapMs", longestGapMillis);
            all.put("servedAfterMs", servedAfterMillis);
            all.put("stallMs", stallMillis);
            all.put("errors", new TreeMap<>(errors));
            all.put(
                    "violations",
                    violations.stream()
                            .map(v -> Map.of("kind", v.kind(), "detail", v.detail()))
                            .toList());
            if (noWayBack) {
                all.put("noWayBack", true);
            }
            all.put("ms", millis);
            return all;
        }
    }

    static String command(Side from) {
        return from == Side.OLD ? "switch" : "rollback";
    }

    /**
     * What goes wrong, when, and for how long in milliseconds.
     *
     * @param options of the command, besides
     * @param lagMillis how late everything between the two servers is, all through
     */
    record Plan(Fault fault, Moment moment, int lasts, List<String> options, int lagMillis) {
        Plan(Fault fault, Moment moment, int lasts, List<String> options) {
            this(fault, moment, lasts, options, 0);
        }

        /** Left to chance. */
        static Plan of(Fault fault, Random random, List<String> steps) {
            return new Plan(fault, fault.moment(random, steps), fault.lasts(random), List.of());
        }
    }

    /**
     * Runs it.
     *
     * @param seed decides the moment and all else that is left to chance
     */
    Report run(int number, long seed, Fault fault, Side from) {
        Random random = new Random(seed);
        return run(number, seed, Plan.of(fault, random, steps), random, from);
    }

    /** The same, planned. */
    Report run(int number, long seed, Plan plan, Random random, Side from) {
        Fault fault = plan.fault;
        Moment moment = plan.moment;
        int lasts = plan.lasts;
        Side to = from.other();
        lap = System.nanoTime();
        Map<String, Long> millis = new LinkedHashMap<>();
        Seen seen = new Seen();
        int base = number * 1000;
        Judge.Case round = new Judge.Case(seen, base, from, to, judge.counters(from));
        List<Integer> statuses = new ArrayList<>();
        List<String> said = new ArrayList<>();
        List<Violation> violations = new ArrayList<>();
        List<String> line = new ArrayList<>(field.line(command(from), "--yes", "--json"));
        line.addAll(plan.options);
        Crowd crowd;
        long faultEnded;
        try (Operator first = field.operator(environment(fault, moment));
                Operator second = field.operator(Map.of())) {
            first.loaded();
            second.loaded();
            lap(millis, "load");
            for (Side side : Side.values()) {
                field.link(Field.Party.OTHER_SERVER, side).slow(plan.lagMillis);
            }
            crowd = new Crowd(field, seen, kinds, base, pace);
            pause(400 + random.nextInt(300));
            lap(millis, "prepare");
            Strikes.Remedy remedy = Strikes.Remedy.NONE;
            Scene scene = new Scene(field, from, to, first, random, violations);
            if (moment instanceof Moment.Before) {
                remedy = Strikes.strike(fault, scene);
                first.give(line);
                first.await(Duration.ofMillis(lasts));
            } else {
                CountDownLatch struck = new CountDownLatch(1);
                if (moment instanceof Moment.AtCommitPoint) {
                    holdAtCommitPoint(from, struck);
                }
                first.give(line);
                await(fault, moment, first, from);
                remedy = Strikes.strike(fault, scene);
                struck.countDown();
                if (fault == Fault.FREEZE_AT_STEP || lasts > 0) {
                    pause(lasts);
                }
            }
            remedy.apply();
            faultEnded = System.nanoTime();
            ended(first, statuses, said, violations);
            lap(millis, "first");
            awaitService(seen, crowd, base, faultEnded, violations);
            lap(millis, "served");
            again(second, line, statuses, said, violations);
            lap(millis, "again");
        }
        // So that there is something behind the handover.
        pause(300);
        crowd.stop();
        field.link(Field.Party.RELEVO, from).watching(null);
        field.restoreLinks();
        lap(millis, "stop");
        long stall = crowd.longestStall();
        long served = Judge.firstAfter(seen, -1, faultEnded);
        requireServed(served, stall, violations);
        if (fault.isHarmless() && stall < BUSY) {
            judge.calm(round, statuses.getFirst(), violations);
        }
        boolean noWayBack = fault == Fault.WAL_LIMIT && field.hasLostSlot(to);
        judged(round, !noWayBack, violations);
        lap(millis, "judge");
        return new Report(
                number,
                seed,
                fault,
                moment.toString(),
                lasts,
                from,
                statuses,
                said,
                seen.count(Outcome.COMMITTED),
                seen.count(Outcome.UNKNOWN),
                Judge.longestGap(seen),
                TimeUnit.NANOSECONDS.toMillis(served),
                TimeUnit.NANOSECONDS.toMillis(stall),
                seen.errors(),
                violations,
                noWayBack,
                millis);
    }

    /** Since the lap before. */
    private void lap(Map<String, Long> millis, String name) {
        long now = System.nanoTime();
        millis.put(name, TimeUnit.NANOSECONDS.toMillis(now - lap));
        lap = now;
    }

    /**
     * Before anybody helps with the same command: somebody must serve, and who looks at the other
     * host first must find him.
     */
    private void awaitService(
            Seen seen, Crowd crowd, int base, long faultEnded, List<Violation> violations) {
        List<Integer> wanderers =
                kinds.contains(ClientKind.CONNECT)
                        ? List.of(-1, base + ClientKind.CONNECT.first)
                        : List.of(-1);
        for (int client : wanderers) {
            long within = client < 0 ? SERVED_WITHIN : FOUND_WITHIN;
            while (true) {
                long late = System.nanoTime() - faultEnded - 2 * crowd.longestStall();
                if (Judge.firstAfter(seen, client, faultEnded) < Long.MAX_VALUE - faultEnded) {
                    break;
                }
                if (late > within) {
                    violations.add(
                            new Violation(
                                    client < 0 ? NOBODY_SERVES : NOT_FOUND,
                                    TimeUnit.NANOSECONDS.toMillis(within) + " ms"));
                    return;
                }
                pause(5);
            }
        }
    }

    /** Whatever the command did meanwhile, and however long it took. */
    private static void requireServed(long served, long stall, List<Violation> violations) {
        if (served > SERVED_WITHIN + 2 * stall && violations.isEmpty()) {
            violations.add(
                    new Violation(NOBODY_SERVES, TimeUnit.NANOSECONDS.toMillis(served) + " ms"));
        }
    }

    private void judged(Judge.Case round, boolean follows, List<Violation> violations) {
        try {
            violations.addAll(judge.judge(round, follows));
        } catch (PgException | ProblemException e) {
            violations.add(new Violation("the judge found nobody", String.valueOf(e.getMessage())));
        }
    }

    private static Map<String, String> environment(Fault fault, Moment moment) {
        if (moment instanceof Moment.AtStep(String step)) {
            String variable = fault == Fault.KILL_AT_STEP ? "RELEVO_DIE_AT" : "RELEVO_FREEZE_AT";
            return Map.of(variable, "handover/" + step.replace(' ', '-'));
        }
        return Map.of();
    }

    /** Keeps the commit point's statement back until the fault has struck. */
    private void holdAtCommitPoint(Side from, CountDownLatch struck) {
        Link link = field.link(Field.Party.RELEVO, from);
        commitPoint = new CountDownLatch(1);
        link.watching(text -> {
            if (text.contains("pg_replication_origin_advance") && commitPoint.getCount() > 0) {
                commitPoint.countDown();
                // Not for ever: some faults take their time.
                for (int i = 0; i < 2000 && struck.getCount() > 0; i++) {
                    pause(1);
                }
            }
        });
    }

    private void awaitCommitPoint(Operator operator) {
        while (operator.isAlive() && commitPoint.getCount() > 0) {
            pause(1);
        }
    }

    /** Waits for the moment; if it never comes because the command has ended, so be it. */
    private void await(Fault fault, Moment moment, Operator operator, Side from) {
        switch (moment) {
            case Moment.Before() -> {}
            case Moment.After(int millis) -> pause(millis);
            case Moment.AtCommitPoint() -> awaitCommitPoint(operator);
            case Moment.InOverlap() -> {
                while (operator.isAlive() && field.isReadOnly(from.other())) {
                    pause(2);
                }
            }
            case Moment.InHold(int millis) -> {
                while (operator.isAlive() && !field.isReadOnly(from)) {
                    pause(2);
                }
                pause(millis);
            }
            // Who stands still says nothing: on a machine that is late this is too early, and as
            // good.
            case Moment.AtStep(String _) ->
                    operator.await(fault == Fault.FREEZE_AT_STEP ? FREEZES_WITHIN : PATIENCE);
        }
    }

    private static void ended(
            Operator operator,
            List<Integer> statuses,
            List<String> said,
            List<Violation> violations) {
        Optional<Integer> status = operator.await(PATIENCE);
        if (status.isEmpty()) {
            violations.add(
                    new Violation(
                            "the command does not end",
                            "after " + PATIENCE + ": " + operator.said()));
            operator.kill();
        }
        statuses.add(status.orElse(-1));
        if (!status.equals(Optional.of(0))) {
            said.add(operator.said().strip());
        }
    }

    /** The same command again, until it has nothing to complain of. */
    private void again(
            Operator ready,
            List<String> line,
            List<Integer> statuses,
            List<String> said,
            List<Violation> violations) {
        ready.give(line);
        ended(ready, statuses, said, violations);
        for (int attempt = 1; statuses.getLast() != 0; attempt++) {
            if (attempt == ATTEMPTS) {
                violations.add(
                        new Violation("the same command again does not help", said.getLast()));
                return;
            }
            try (Operator next = field.operator(Map.of())) {
                next.give(line);
                ended(next, statuses, said, violations);
            }
        }
    }

    private static void pause(int millis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }
}
