package dev.relevo.check;

import dev.relevo.pg.SqlFile;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Functions of the users' that the planner runs by itself: called with nothing but constants in an
 * index, in extended statistics or in a partition key, they are evaluated as soon as anybody plans
 * a query on the table, in his name. Relevo reads tables as a superuser, so their owner would be
 * one for a moment.
 *
 * <p>Looks at expressions as they are stored, which evaluates nothing.
 */
final class ConstantCalls implements Check {
    private static final Pattern CALL =
            Pattern.compile(":(?:funcid|opfuncid|opno|elemfuncid) ([0-9]+)");

    @Override
    public String id() {
        return "constant-calls";
    }

    private record Expression(String table, String what, String nodes, String drop) {}

    @Override
    public List<Finding> find(Probe probe) {
        Set<Long> own = new HashSet<>();
        probe.old()
                .query(
                        SqlFile.load(ConstantCalls.class, "own_code"),
                        row -> own.add(row.bigint("oid")));
        if (own.isEmpty()) {
            return List.of();
        }
        return probe
                .old()
                .query(
                        SqlFile.load(ConstantCalls.class, "folded"),
                        row ->
                                new Expression(
                                        row.text("table"),
                                        row.text("what"),
                                        row.text("nodes"),
                                        row.text("drop")))
                .stream()
                .filter(expression -> callsWithConstants(expression.nodes(), own))
                .map(this::finding)
                .toList();
    }

    private Finding finding(Expression expression) {
        return Probe.error(
                id(),
                "%s of table %s calls a function with constants only"
                        .formatted(expression.what(), expression.table()),
                "The planner runs such a function in the name of whoever queries the table, here of a superuser.",
                expression.drop().isEmpty()
                        ? "Write the function's result into the partition key instead, on the old server."
                        : "Run "
                                + expression.drop()
                                + " on the old server, and make it anew with the function's result in place of the call.");
    }

    /** Whether one of these functions or operators is called without any column of the table. */
    static boolean callsWithConstants(String nodes, Set<Long> own) {
        Matcher matcher = CALL.matcher(nodes);
        while (matcher.find()) {
            if (own.contains(Long.parseLong(matcher.group(1)))) {
                int begin = nodes.lastIndexOf('{', matcher.start());
                if (begin >= 0 && !nodes.substring(begin, end(nodes, begin)).contains("{VAR ")) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Behind the brace that closes the one at {@code begin}; braces in names are escaped. */
    private static int end(String nodes, int begin) {
        int depth = 0;
        for (int i = begin; i < nodes.length(); i++) {
            char c = nodes.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == '{') {
                depth++;
            } else if (c == '}') {
                depth--;
                if (depth == 0) {
                    return i + 1;
                }
            }
        }
        return nodes.length();
    }
}
