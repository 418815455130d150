package dev.relevo.torture;

import dev.relevo.torture.Fault.Moment;
import dev.relevo.torture.Round.Plan;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A handover without one of its safety steps, to see that somebody notices. Nothing of this is in
 * the product: statements are changed on their way to a server, functions in the database.
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
                            "watchdog-to",
                            "the watchdog of to does nothing",
                            List.of(Edit.watchdog(Where.TO)),
                            at("read-only"),
                            Round.NOT_FOUND),
                    mutation(
                            "closing",
                            "the schemas of to stay open",
                            List.of(Edit.function("close_schemas", "BEGIN\\s.*END", "BEGIN END")),
                            slowly(at("read-only")),
                            Judge.STALE_READ),
                    mutation(
                            "warm-up",
                            "the apply worker does not look the tables up",
                            List.of(
                                    Edit.function(
                                            "warm_up", "BEGIN\\s.*END", "BEGIN RETURN NULL; END")),
                            new Plan(Fault.LATE_TABLE, new Moment.InOverlap(), 0, List.of()),
                            Judge.UNDONE),
                    mutation(
                            "gate",
                            "clients are not made to wait",
                            List.of(
                                    Edit.statement(
                                            Where.TO,
                                            "(LOCK TABLE pg_catalog\\.pg_namespace IN )ACCESS EXCLUSIVE",
                                            "$1ACCESS SHARE")),
                            calm(),
                            Judge.FAILED),
                    mutation(
                            "overlap",
                            "from turns read-only as soon as to is not",
                            List.of(),
                            new Plan(
                                    Fault.SLOW_CLIENTS,
                                    new Moment.Before(),
                                    10_000,
                                    List.of("--overlap", "0")),
                            Judge.FAILED),
                    mutation(
                            "drain",
                            "nobody's transaction is waited for",
                            List.of(Edit.function("drain", "BEGIN\\s.*END", "BEGIN RETURN 0; END")),
                            calm(),
                            Judge.FAILED),
                    mutation(
                            "locks",
                            "the tables are not locked",
                            List.of(
                                    Edit.statement(
                                            Where.FROM,
                                            "(LOCK TABLE ONLY .*) IN EXCLUSIVE MODE",
                                            "$1 IN ACCESS SHARE MODE")),
                            calm(),
                            Judge.LOST,
                            Judge.BOTH,
                            Judge.UPDATE_LOST),
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
                            Judge.STALE_READ),
                    mutation(
                            "slot-advance",
                            "the way back begins where its slot was made",
                            List.of(
                                    Edit.function(
                                            "await_and_advance",
                                            "FOREACH slot IN ARRAY way_back LOOP.*?END LOOP;",
                                            ""),
                                    Edit.statement(
                                            Where.FROM,
                                            "pg_replication_origin_advance\\('pg_' \\|\\| s\\.oid, '[^']*'::pg_lsn\\)",
                                            "now()")),
                            calm(),
                            Judge.FOLLOWER),
                    mutation(
                            "order-of-commits",
                            "to opens before from is fenced, and Relevo dies in between",
                            List.of(
                                    Edit.behind(
                                            Where.FROM,
                                            "pg_replication_origin_advance",
                                            "^\\s*COMMIT\\s*$",
                                            "SELECT 1")),
                            at("open"),
                            Judge.BOTH,
                            Judge.UPDATE_LOST,
                            Judge.LOST),
                    mutation(
                            "forward-off",
                            "the forward direction still runs when the way back begins",
                            List.of(
                                    Edit.function(
                                            "open_at_commit",
                                            "EXECUTE format\\('ALTER SUBSCRIPTION %I DISABLE', subscription\\);",
                                            "NULL;")),
                            at("open"),
                            Judge.FOLLOWER,
                            Judge.DOUBLED));

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
     * @param behind what has to have passed before, for a statement
     */
    record Edit(Where where, String function, Pattern behind, Pattern pattern, String replacement) {
        private static final Pattern ANYTHING = Pattern.compile("");

        static Edit statement(Where where, String pattern, String replacement) {
            return new Edit(where, "", ANYTHING, Pattern.compile(pattern), replacement);
        }

        static Edit function(String name, String pattern, String replacement) {
            return new Edit(
                    Where.FUNCTION,
                    name,
                    ANYTHING,
                    Pattern.compile(pattern, Pattern.DOTALL),
                    replacement);
        }

        /** Whether nothing has to have passed before. */
        boolean isAlways() {
            return behind.equals(ANYTHING);
        }

        /** A statement, once another one has passed. */
        static Edit behind(Where where, String other, String pattern, String replacement) {
            return new Edit(
                    where, "", Pattern.compile(other), Pattern.compile(pattern), replacement);
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
