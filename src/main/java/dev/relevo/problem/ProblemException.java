package dev.relevo.problem;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Carries a {@link Problem} up to the command line, which prints it without a stack trace. */
public final class ProblemException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    public ProblemException(Problem problem, @Nullable Throwable cause) {
        super(problem.message(), cause);
        this.problem = Objects.requireNonNull(problem);
    }

    public Problem problem() {
        return problem;
    }
}
