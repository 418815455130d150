package dev.relevo.cli;

import dev.relevo.catalog.Side;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.util.function.Supplier;

/** What to do when a server does not answer because it is gone for good. */
final class Lost {
    private Lost() {}

    /** Does what needs both servers; one that cannot be reached may never come back. */
    static <T> T hinting(Supplier<T> work, Side side) {
        try {
            return work.get();
        } catch (ProblemException e) {
            Problem problem = e.problem();
            if (problem.status() != ExitStatus.CONNECTION) {
                throw e;
            }
            throw new Problem(
                            problem.status(),
                            problem.code(),
                            problem.message(),
                            problem.detail(),
                            "%s If the %s server is lost for good, add --%s-is-gone."
                                    .formatted(problem.hint(), side, side.label())
                                    .strip())
                    .toException(e);
        }
    }
}
