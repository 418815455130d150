package dev.relevo.pg;

import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Finds the primary among the hosts of one connection string.
 *
 * <p>Host by host, in order, as libpq does; pgjdbc would remember for ten seconds which host was
 * the primary, which is just what must not happen around a switch. Unlike libpq it also goes on
 * after a host that refuses the log-in, and a standby never fits.
 */
final class HostChooser {
    private final Function<Endpoint, Session> open;

    HostChooser(Function<Endpoint, Session> open) {
        this.open = open;
    }

    Endpoint choose(List<Endpoint> endpoints) {
        List<Problem> problems = new ArrayList<>();
        for (Endpoint endpoint : endpoints) {
            try (Session session = open.apply(endpoint)) {
                boolean standby = session.text("SELECT pg_catalog.pg_is_in_recovery()").equals("t");
                if (!standby) {
                    return endpoint;
                }
                problems.add(standby(endpoint));
            } catch (ProblemException e) {
                problems.add(e.problem());
            } catch (PgException e) {
                problems.add(ConnectionProblem.of(endpoint, e.error()));
            }
        }
        throw summary(endpoints, problems).toException();
    }

    /** One problem in place of several; the one that tells most lends its code and its hint. */
    static Problem summary(List<Endpoint> endpoints, List<Problem> problems) {
        if (problems.size() == 1) {
            return problems.getFirst();
        }
        Problem telling =
                problems.stream()
                        .filter(problem -> problem.code().equals("no-database"))
                        .findFirst()
                        .orElse(problems.getFirst());
        return new Problem(
                telling.status(),
                telling.code(),
                "none of the "
                        + endpoints.size()
                        + " hosts is a primary that lets us in to database \""
                        + endpoints.getFirst().database()
                        + '"',
                problems.stream().map(HostChooser::line).collect(Collectors.joining("\n")),
                telling.hint());
    }

    private static String line(Problem problem) {
        String detail = problem.detail();
        return problem.message() + (detail.isEmpty() ? "" : ": " + detail);
    }

    private static Problem standby(Endpoint endpoint) {
        return new Problem(
                ExitStatus.CONNECTION,
                "standby",
                endpoint.display() + " is a standby",
                "pg_is_in_recovery() is true there",
                "Name the primary; an upgrade cannot start from or lead to a standby.");
    }
}
