package dev.relevo.check;

import dev.relevo.check.RowLook.Answer;
import dev.relevo.pg.SqlFile;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Rows that violate a validated CHECK constraint: it was true when they were written, as {@code
 * CHECK (until > now())} was, or a function has changed since. The new server has the constraint
 * before the rows, and would refuse them.
 *
 * <p>Only conditions that consist of PostgreSQL's own immutable functions, and of those that tell
 * the time, are evaluated. A value that is read from text, or written as text, may depend on the
 * settings of a session, so such conditions are left out.
 */
final class CheckConstraints implements Check {
    /** What an expression may consist of, as {@code nodeToString} calls it. */
    private static final Set<String> NODES =
            Set.of(
                    ("VAR CONST FUNCEXPR OPEXPR DISTINCTEXPR NULLIFEXPR SCALARARRAYOPEXPR BOOLEXPR RELABELTYPE"
                                    + " ARRAYCOERCEEXPR COLLATE COLLATEEXPR CASE CASEEXPR WHEN CASEWHEN"
                                    + " CASETESTEXPR ARRAY ARRAYEXPR COALESCE COALESCEEXPR MINMAX MINMAXEXPR NULLTEST"
                                    + " BOOLEANTEST ARRAYREF SUBSCRIPTINGREF")
                            .split(" ", -1));

    private static final Pattern NODE = Pattern.compile("\\{([A-Z]+)");
    private static final Pattern CALLED =
            Pattern.compile(":(funcid|opno|opfuncid|elemfuncid|hashfuncid|negfuncid) ([0-9]+)");
    private static final String WHOLE_ROW = ":varattno 0 ";

    @Override
    public String id() {
        return "check-constraints";
    }

    private record Condition(
            String table,
            String name,
            String relation,
            String condition,
            boolean harmless,
            String nodes,
            @Nullable String columns,
            @Nullable String shown,
            String keep,
            long bytes) {

        String rows() {
            return relation + " WHERE (" + condition + ") IS FALSE";
        }

        String display() {
            return name + " of " + table;
        }
    }

    @Override
    public List<Finding> find(Probe probe) {
        List<Condition> conditions = new ArrayList<>(conditions(probe));
        Set<String> made = ConstraintRows.made(probe);
        conditions.removeIf(condition -> made.contains(condition.table() + " " + condition.name()));
        if (conditions.isEmpty()) {
            return List.of();
        }
        Set<String> own = new HashSet<>();
        probe.old()
                .query(
                        SqlFile.load(CheckConstraints.class, "harmless_functions"),
                        row -> own.add(row.text("id")));
        ConstraintRows rows = new ConstraintRows(id(), "CHECK constraint", "CHECK constraints");
        try (RowLook look = RowLook.on(probe)) {
            for (Condition condition : conditions) {
                if (!condition.harmless() || !isHarmless(condition.nodes(), own)) {
                    continue;
                }
                String shown = condition.shown();
                String example = shown == null ? "''" : "pg_catalog.concat_ws(', ', " + shown + ")";
                switch (look.count(condition.rows(), example, condition.bytes())) {
                    case Answer.Unknown(String why) -> rows.unknown(condition.display(), why);
                    case Answer.Rows(long number, String found) -> {
                        if (number > 0) {
                            rows.add(finding(condition, number, found));
                        }
                    }
                }
            }
        }
        return rows.findings();
    }

    private Finding finding(Condition condition, long number, String example) {
        String columns = condition.columns();
        return Probe.error(
                id(),
                "%s table %s violate%s CHECK constraint %s"
                        .formatted(
                                ConstraintRows.rows(number),
                                condition.table(),
                                number == 1 ? "s" : "",
                                condition.name()),
                (columns == null ? "" : "For example (%s) = (%s). ".formatted(columns, example))
                        + "SELECT * FROM "
                        + condition.rows()
                        + "; shows them.",
                "Correct them, or run DELETE FROM %s; on the old server. Or keep them with %s; which is carried as it is."
                        .formatted(condition.rows(), condition.keep()));
    }

    /**
     * Whether nothing else is called.
     *
     * @param nodes the expression as it is stored
     * @param own functions as {@code f} and their oid, operators as {@code o} and theirs
     */
    static boolean isHarmless(String nodes, Set<String> own) {
        if (nodes.contains(WHOLE_ROW)) {
            return false;
        }
        Matcher node = NODE.matcher(nodes);
        while (node.find()) {
            if (!NODES.contains(node.group(1))) {
                return false;
            }
        }
        Matcher called = CALLED.matcher(nodes);
        while (called.find()) {
            String kind = called.group(1).equals("opno") ? "o" : "f";
            if (!called.group(2).equals("0") && !own.contains(kind + called.group(2))) {
                return false;
            }
        }
        return true;
    }

    private static List<Condition> conditions(Probe probe) {
        return probe.old()
                .query(
                        RowLook.query("row_checks"),
                        row ->
                                new Condition(
                                        row.text("schema") + "." + row.text("table"),
                                        row.text("name"),
                                        row.text("relation"),
                                        row.text("condition"),
                                        row.bool("harmless"),
                                        row.text("nodes"),
                                        row.textOrNull("columns"),
                                        row.textOrNull("shown"),
                                        row.text("keep"),
                                        row.bigint("bytes")));
    }
}
