package dev.relevo.upgrade;

import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import dev.relevo.replication.Lag;
import dev.relevo.replication.Node;
import dev.relevo.replication.Pace;
import dev.relevo.replication.PaceWindow;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How fast replication went while a handover was tried. It is looked at before and after, never
 * meanwhile: clients that wait must not wait for that.
 */
final class Measurement {
    private final Node from;
    private final Node to;
    private final int subscriptions;
    private final Map<String, PaceWindow> windows = new HashMap<>();

    private Measurement(Node from, Node to, int subscriptions) {
        this.from = from;
        this.to = to;
        this.subscriptions = subscriptions;
    }

    static Measurement begin(Node from, Node to, int subscriptions) {
        Measurement measurement = new Measurement(from, to, subscriptions);
        measurement.look();
        return measurement;
    }

    /** The slowest of the subscriptions; nothing when a server does not answer. */
    private Optional<Pace> look() {
        try (Session here = from.open("status");
                Session there = to.open("status")) {
            return to.parts(subscriptions).stream()
                    .flatMap(part -> {
                        String name = part.subscription();
                        return Lag.read(here, from.part(part.part()).slot()).stream()
                                .map(lag ->
                                        windows.computeIfAbsent(name, _ -> new PaceWindow())
                                                .add(lag.sample(there, name)));
                    })
                    .max(Pace.WORST_LAST);
        } catch (PgException | ProblemException e) {
            return Optional.empty(); // what is to be told matters more
        }
    }

    /** A mark that came too late is told with the rates that explain it, if they do. */
    ProblemException explain(ProblemException undone) {
        if (!undone.problem().code().equals("catch-up-timeout")) {
            return undone;
        }
        return look().filter(pace -> pace.behind() >= Pace.WORTH_A_FORECAST)
                .map(pace -> with(undone, pace))
                .orElse(undone);
    }

    private static ProblemException with(ProblemException undone, Pace pace) {
        Problem problem = undone.problem();
        return new Problem(
                        problem.status(),
                        problem.code(),
                        problem.message(),
                        problem.detail() + "; since the beginning of it " + pace.text(),
                        problem.hint())
                .toException(undone);
    }
}
