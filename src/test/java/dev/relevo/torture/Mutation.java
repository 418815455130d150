package dev.relevo.torture;

import dev.relevo.torture.Fault.Moment;
import dev.relevo.torture.Round.Plan;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A handover without one of its safety steps, to see that clients at work meet what it prevents.
 * Nothing of this is in the product: statements are changed on their way to a server, functions in
 * the database. What only one certain moment shows is tried by {@code bin/mutations} instead.
 *
 * @param name as it is written on the command line
 * @param plan the round in which it must be noticed
 * @param caughtAs the violations any of which says so
 */
record Mutation(String name, String leftOut, List<Edit> edits, Plan plan, Set<String> caughtAs) {
    Mutation {
        edits = List.copyOf(edits);
        caughtAs = Set.copyOf(caughtAs);
    }

    static final List<Mutation> ALL =
            List.of(
                    mutation(
                            "watchdog-from",
                            "the watchdog of from does nothing",
                            List.of(Edit.watchdog(Where.FROM)),
                            at("read-only"),
                            Round.NOBODY_SERVES,
                            Round.NOT_FOUND),
                    mutation(
                            "gate",
                            "clients are not made to wait",
                            List.of(
                                    Edit.statement(
                                            Where.TO,
                                            "pg_catalog\\.pg_namespace( IN ACCESS EXCLUSIVE)",
                                            "relevo.saved_acl$1"),
                                    // Who stands in the queue makes clients wait as well.
                                    Edit.function(
                                            "keep_gate",
                                            "pg_catalog\\.pg_namespace( IN ACCESS EXCLUSIVE)",
                                            "relevo.saved_acl$1")),
                            calm(),
                            Judge.FAILED),
                    mutation(
                            "fence",
                            "the fence lets writes through",
                            List.of(
                                    Edit.function(
                                            "set_fence",
                                            "RAISE EXCEPTION 'this database has been handed over.*?find it\\.';",
                                            "RETURN NULL;")),
                            calm(),
                            Judge.BOTH),
                    mutation(
                            "barrier",
                            "the mark is not waited for",
                            List.of(
                                    Edit.function(
                                            "has_arrived",
                                            "BEGIN\\s.*END",
                                            "BEGIN RETURN true; END")),
                            slowly(calm()),
                            Judge.LOST,
                            Judge.UPDATE_LOST,
                            Judge.STALE_READ));

    /** Whose statements, or whose functions. */
    enum Where {
        FROM,
        TO,
        FUNCTION
    }

    /**
     * One change.
     *
     * @param function its name in schema relevo, or nothing for a statement
     */
    record Edit(Where where, String function, Pattern pattern, String replacement) {
        static Edit statement(Where where, String pattern, String replacement) {
            return new Edit(where, "", Pattern.compile(pattern), replacement);
        }

        static Edit function(String name, String pattern, String replacement) {
            return new Edit(
                    Where.FUNCTION, name, Pattern.compile(pattern, Pattern.DOTALL), replacement);
        }

        /** It waits as ever, and then goes away. */
        static Edit watchdog(Where where) {
            return function(
                    where == Where.FROM ? "watch_from" : "watch_to",
                    "(PERFORM relevo\\.await_release\\((held|gate)\\);)",
                    "$1 RETURN;");
        }
    }

    private static Mutation mutation(
            String name, String leftOut, List<Edit> edits, Plan plan, String... caughtAs) {
        return new Mutation(name, leftOut, edits, plan, Set.of(caughtAs));
    }

    private static Plan calm() {
        return new Plan(Fault.NONE, new Moment.Before(), 0, List.of());
    }

    /** Relevo is killed at the end of a step. */
    private static Plan at(String step) {
        return new Plan(Fault.KILL_AT_STEP, new Moment.AtStep(step), 0, List.of());
    }

    /** The same with a network between the servers that lags behind. */
    private static Plan slowly(Plan plan) {
        return new Plan(plan.fault(), plan.moment(), plan.lasts(), List.of(), Round.LAG_MILLIS);
    }

    @Override
    public String toString() {
        return name;
    }
}
