package dev.relevo.cli.output;

import dev.relevo.plan.Statement;
import dev.relevo.upgrade.Upgrade.PlannedStep;
import java.util.List;

/**
 * A plan as an SQL script: every line that is not SQL is a comment, and so is what is done already.
 */
public final class PlanText {
    private static final String HEAD =
            """
            -- What relevo would run, in this order. "old" and "new" say on which server,
            -- "local" is a program on this machine. Steps that are done already are commented out.
            -- What begins with a colon is known only when it runs. A rollback is a switch with the servers exchanged.
            -- This is for reading: relevo looks at the servers between the steps, a script does not.
            """;

    private PlanText() {}

    public static String of(List<PlannedStep> steps) {
        StringBuilder text = new StringBuilder(HEAD);
        int number = 0;
        for (PlannedStep step : steps) {
            number++;
            text.append("\n-- ")
                    .append(number)
                    .append(". ")
                    .append(step.command())
                    .append(": ")
                    .append(Texts.oneLine(step.title(), 200))
                    .append("  [")
                    .append(step.id())
                    .append(step.done() ? ", done" : "")
                    .append("]\n");
            step.statements().forEach(s -> append(text, s, step.done()));
        }
        return text.toString().stripTrailing();
    }

    private static void append(StringBuilder text, Statement statement, boolean done) {
        boolean local = statement.where().equals("here");
        text.append("-- ").append(local ? "local" : statement.where()).append(":\n");
        String body = statement.text().strip();
        if (!local && !ends(body)) {
            body += ";";
        }
        text.append(local || done ? body.replaceAll("(?m)^", "-- ") : body).append('\n');
    }

    /** A statement may come with its semicolon, or end in a comment that would swallow one. */
    private static boolean ends(String body) {
        return body.endsWith(";") || body.substring(body.lastIndexOf('\n') + 1).startsWith("--");
    }
}
