package dev.relevo.problem;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Something that stops Relevo, told in PostgreSQL's manner.
 *
 * @param status what the process ends with
 * @param code stable and searchable, in kebab case, for example {@code wal-level}
 * @param message one factual line, no full stop
 * @param detail what was seen; empty when the message says it all
 * @param hint a full sentence with the command or statement that mends it; empty when there is none
 */
public record Problem(ExitStatus status, String code, String message, String detail, String hint) {

    public Problem {
        Objects.requireNonNull(status);
        if (!code.matches("[a-z0-9]+(-[a-z0-9]+)*")) {
            throw new IllegalArgumentException("not a problem code: " + code);
        }
        if (message.isBlank() || message.contains("\n")) {
            throw new IllegalArgumentException("a message is one line: " + message);
        }
        Objects.requireNonNull(detail);
        Objects.requireNonNull(hint);
    }

    /** The same as an exception. */
    public ProblemException toException() {
        return new ProblemException(this, null);
    }

    /** The same as an exception that remembers what caused it, if anything, for {@code --debug}. */
    public ProblemException toException(@Nullable Throwable cause) {
        return new ProblemException(this, cause);
    }
}
