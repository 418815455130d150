package dev.relevo.handover;

import dev.relevo.catalog.QualifiedName;
import dev.relevo.catalog.Side;
import dev.relevo.pg.Quote;
import dev.relevo.plan.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Every statement of a handover that changes, locks or ends anything, step by step, for people to
 * read. The texts are those that run; what is not known yet stands as a variable of psql's, {@code
 * :'mark'} for example. Looks at nothing.
 */
public final class HandoverPlan {
    private static final Unknown SLICE = new Unknown("slice");
    private static final Unknown MINE = new Unknown("our_backends");

    /** "&lt;&gt; ALL (null)" is true of no backend, so none is ended. */
    private static final Optional<Integer> NOBODY = Optional.empty();

    private static final Unknown EARLY = new Unknown("may_write");

    private final String from;
    private final String to;
    private final String fromDatabase;
    private final String toDatabase;
    private final Ways ways;
    private final List<Planned> steps = new ArrayList<>();

    private HandoverPlan(Side side, String fromDatabase, String toDatabase, Ways ways) {
        this.from = side.label();
        this.to = side.other().label();
        this.fromDatabase = fromDatabase;
        this.toDatabase = toDatabase;
        this.ways = ways;
    }

    /** A step, under the name that it has in {@code docs/handover.md}. */
    public record Planned(String step, List<Statement> statements) {}

    /**
     * What a handover is given by replication.
     *
     * @param forward the subscriptions on {@code to}
     * @param wayBack those on {@code from}
     * @param prepare makes the way back
     * @param drop drops the forward direction
     */
    public record Ways(
            List<String> forward,
            List<String> wayBack,
            List<Statement> prepare,
            List<Statement> drop) {
        public Ways {
            forward = List.copyOf(forward);
            wayBack = List.copyOf(wayBack);
            prepare = List.copyOf(prepare);
            drop = List.copyOf(drop);
        }
    }

    /** Something that is known when it runs. */
    private record Unknown(String name) {
        @Override
        public String toString() {
            return ":'" + name + "'";
        }
    }

    /**
     * The steps in their order.
     *
     * @param from the side that serves
     * @param tables those with a fence
     * @param sequences whose values go along
     */
    public static List<Planned> of(
            Side from,
            String fromDatabase,
            String toDatabase,
            List<QualifiedName> tables,
            List<QualifiedName> sequences,
            Ways ways) {
        HandoverPlan plan = new HandoverPlan(from, fromDatabase, toDatabase, ways);
        plan.whileNobodyWaits(tables, sequences);
        plan.whileClientsWait(tables, sequences);
        plan.afterwards();
        return List.copyOf(plan.steps);
    }

    private void whileNobodyWaits(List<QualifiedName> tables, List<QualifiedName> sequences) {
        List<String> names = sequences.stream().map(QualifiedName::sql).toList();
        String quiet = TableLocks.quietly(tables);
        steps.add(
                new Planned(
                        "what an attempt that died may have left",
                        List.of(
                                on(from, "BEGIN"),
                                on(from, Script.LOCK_STATE),
                                on(from, Script.readWrite(fromDatabase)),
                                on(from, "COMMIT"),
                                on(to, "BEGIN"),
                                on(to, Script.LOCK_STATE),
                                on(to, Script.readOnly(toDatabase)),
                                on(to, Script.RAISE_FENCE),
                                on(to, "COMMIT"),
                                on(to, Script.OPEN_SCHEMAS),
                                on(to, Script.HOLD_BACK_SEQUENCES))));
        step(Step.WAY_BACK, ways.prepare().stream());
        step(
                Step.QUIET,
                on(from, filled(Script.DRAIN, NOBODY, "0 ms", EARLY)),
                on(from, filled(Script.EXPEL, NOBODY, EARLY)),
                rehearsal(from, ways.wayBack()),
                on(from, takenBack(filled(Script.FENCE_REHEARSAL, ways.wayBack()))),
                on(from, "BEGIN"),
                on(from, quiet),
                on(from, Script.RELATIONS_STAMP),
                on(from, Script.SCHEMA_STAMP),
                on(from, filled(Script.NOTE_SEQUENCES, names)));
        step(Step.CLOSE, on(to, Script.CLOSE_SCHEMAS));
        step(Step.WARM_UP, send("warm_up"), await("warm_up"), on(to, Script.FLUSH_LOG));
        step(
                Step.DEAD_MEN,
                on(from, DeadMan.LOCK),
                on(from, Script.watchFrom(":held", ":free", ":lock")),
                on(to, Script.LOOK_UP),
                on(to, Script.WATCHDOG_AT_WORK),
                on(to, DeadMan.LOCK),
                on(to, Script.watchTo(":gate", ":free", ":lock")));
        step(
                Step.CATALOGS,
                rehearsal(to, ways.forward()),
                on(to, "BEGIN"),
                on(to, quiet),
                on(to, Script.GIVE_BACK_SEQUENCES),
                on(
                        to,
                        filled(
                                Script.SET_SEQUENCES,
                                names,
                                new Unknown("last_values"),
                                new Unknown("is_called"))),
                on(to, Catalogs.lockStatement(":catalogs_and_shared_ones")),
                on(to, "-- in every other database\n" + Catalogs.lockStatement(":catalogs")));
        step(
                Step.GATE,
                on(to, Script.OPEN_SCHEMAS),
                on(to, Script.BEFORE_GATE),
                on(to, Script.SHUT_GATE),
                on(to, Script.keepGate(":lock", ":'fenced'")));
        step(Step.OVERLAP, on(to, Script.readWrite(toDatabase)), send("behind"), await("behind"));
    }

    private void whileClientsWait(List<QualifiedName> tables, List<QualifiedName> sequences) {
        step(Step.READ_ONLY, on(from, Script.readOnly(fromDatabase)));
        step(Step.STARTING, on(from, Script.AWAIT_STARTING));
        step(Step.DRAIN, on(from, filled(Script.DRAIN, MINE, SLICE, EARLY)));
        step(Step.LOCKS, on(from, FromSide.lockStatement(tables)));
        step(
                Step.FENCE,
                on(from, filled(Script.EXPEL_AND_SEND, new Unknown("barrier"), MINE, EARLY)),
                on(
                        from,
                        filled(
                                Script.FENCE,
                                ways.wayBack(),
                                new Unknown("fenced"),
                                sequences.stream().map(QualifiedName::sql).toList())));
        step(Step.BARRIER, await(Script.PASS_BARRIER, "barrier"));
        if (!sequences.isEmpty()) {
            step(
                    Step.SEQUENCES,
                    on(
                            to,
                            filled(
                                    Script.SET_SEQUENCES,
                                    new Unknown("names"),
                                    new Unknown("last_values"),
                                    new Unknown("is_called"))),
                    on(to, Script.FLUSH_LOG));
        }
        step(Step.COMMIT_POINT, on(from, Script.commitPoint(ways.wayBack(), ":'start'")));
        step(Step.OPEN, on(to, "COMMIT"));
    }

    private void afterwards() {
        step(
                Step.TIDY,
                Stream.concat(
                        Stream.of(
                                on(from, DeadMan.UNLOCK),
                                on(to, DeadMan.UNLOCK),
                                on(from, filled(Script.EXPEL, MINE, EARLY))),
                        ways.drop().stream()));
    }

    private void step(Step step, Statement... statements) {
        step(step, Stream.of(statements));
    }

    private void step(Step step, Stream<Statement> statements) {
        steps.add(new Planned(step.title(), statements.toList()));
    }

    private static Statement on(String where, String text) {
        return new Statement(where, text.strip());
    }

    private Statement rehearsal(String where, List<String> subscriptions) {
        return on(where, takenBack(Script.rehearsal(subscriptions.getFirst())));
    }

    private static String takenBack(String statements) {
        return "BEGIN;\n" + statements.strip() + ";\nROLLBACK";
    }

    private Statement send(String mark) {
        return on(from, filled(Script.SEND, new Unknown(mark)));
    }

    private Statement await(String mark) {
        return await(Script.AWAIT, mark);
    }

    private Statement await(String statement, String mark) {
        return on(
                to,
                filled(
                        statement,
                        new Unknown(mark),
                        ways.forward(),
                        new Unknown("way_back_slots"),
                        SLICE));
    }

    /** With its values in place of the question marks. */
    private static String filled(String statement, Object... values) {
        StringBuilder text = new StringBuilder();
        int next = 0;
        for (String part : statement.split("(?<=\\?)", -1)) {
            if (part.endsWith("?")) {
                text.append(part, 0, part.length() - 1).append(literal(values[next++]));
            } else {
                text.append(part);
            }
        }
        return text.toString();
    }

    private static String literal(Object value) {
        return switch (value) {
            case Unknown unknown -> unknown.toString();
            case Optional<?> _ -> "NULL";
            case List<?> none when none.isEmpty() -> "'{}'";
            case List<?> list ->
                    list.stream()
                            .map(each -> Quote.literal(String.valueOf(each)))
                            .collect(Collectors.joining(", ", "ARRAY[", "]"));
            default -> Quote.literal(String.valueOf(value));
        };
    }
}
