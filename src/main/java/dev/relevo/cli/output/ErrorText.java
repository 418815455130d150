package dev.relevo.cli.output;

import dev.relevo.problem.Problem;
import java.util.LinkedHashMap;
import java.util.Map;

/** A problem as PostgreSQL's programs show one, or as JSON. */
public final class ErrorText {
    private ErrorText() {}

    /** {@code relevo: error: …}, DETAIL, HINT. */
    public static void print(Console console, Problem problem) {
        console.err().println("relevo: " + console.red("error:") + " " + problem.message());
        tail(console, problem.detail(), problem.hint());
    }

    /** The same for something that does not stop anything. */
    public static void warn(Console console, String message, String detail, String hint) {
        console.err().println("relevo: " + console.yellow("warning:") + " " + message);
        tail(console, detail, hint);
    }

    private static void tail(Console console, String detail, String hint) {
        if (!detail.isBlank()) {
            console.err().println("DETAIL: " + Texts.continued(detail));
        }
        if (!hint.isBlank()) {
            console.err().println("HINT: " + Texts.continued(hint));
        }
        console.err().flush();
    }

    /** {@code {"error": {…}}}. */
    public static Map<String, Object> document(Problem problem) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", problem.code());
        error.put("message", problem.message());
        error.put("detail", problem.detail());
        error.put("hint", problem.hint());
        error.put("status", problem.status().code());
        return Map.of("error", error);
    }
}
