package dev.relevo.cli.output;

import dev.relevo.cli.config.Passwords;
import dev.relevo.pg.PgException;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.util.Objects;

/** Makes a {@link Problem} of whatever was thrown, without a password in it. */
public final class Problems {
    private static final int STATEMENT = 160;

    private Problems() {}

    /** One line, a detail and a hint for everything. */
    public static Problem of(Throwable thrown) {
        return hide(
                switch (thrown) {
                    case ProblemException expected -> expected.problem();
                    case PgException server -> of(server);
                    default -> unforeseen(thrown);
                });
    }

    private static Problem of(PgException error) {
        StringBuilder detail = new StringBuilder(error.detail());
        if (!detail.isEmpty()) {
            detail.append('\n');
        }
        detail.append("Server ").append(error.endpoint().display());
        detail.append(", SQLSTATE ").append(error.sqlState()).append('.');
        if (!error.statement().isBlank()) {
            detail.append("\nStatement: ").append(statement(error.statement()));
        }
        String hint = error.hint();
        if (hint.isEmpty() && error.isConnectionLost()) {
            hint =
                    "See that the server runs, then run the same command again: it goes on from here.";
        }
        return new Problem(
                ExitStatus.FAILED,
                "server-error",
                line(error.getMessage()),
                detail.toString(),
                hint);
    }

    private static String statement(String statement) {
        if (Passwords.mayBeIn(statement)) {
            return "not shown, because it may hold a password";
        }
        return Texts.oneLine(statement, STATEMENT);
    }

    private static Problem unforeseen(Throwable thrown) {
        String said = Objects.requireNonNullElse(thrown.getMessage(), "");
        String name = thrown.getClass().getSimpleName();
        return new Problem(
                ExitStatus.FAILED,
                "unforeseen",
                line("unforeseen: " + name + (said.isBlank() ? "" : ": " + said)),
                "",
                "Run again with --debug and report what it prints; every command can be run again"
                        + " without harm.");
    }

    /** The same, fit to be shown. */
    static Problem withoutPasswords(Problem problem) {
        return hide(problem);
    }

    private static Problem hide(Problem problem) {
        return new Problem(
                problem.status(),
                problem.code(),
                Passwords.hide(problem.message()),
                Passwords.hide(problem.detail()),
                Passwords.hide(problem.hint()));
    }

    private static String line(String text) {
        String line =
                text.lines().map(String::strip).filter(l -> !l.isEmpty()).findFirst().orElse("");
        return line.isEmpty() ? "unknown error" : line;
    }
}
