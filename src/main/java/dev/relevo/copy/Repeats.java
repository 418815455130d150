package dev.relevo.copy;

import static dev.relevo.ledger.OwnTable.COPY_STATE;
import static dev.relevo.ledger.OwnTable.COPY_TASK;

import dev.relevo.pg.Session;
import java.util.List;
import java.util.Locale;

/**
 * Pieces that had to be done again because a worker lost its connections, counted with the queue:
 * so those of every process count, also when {@code start} was given several times.
 *
 * <p>Not counted is what a process that was killed had been at, and what was done but not durable
 * when the new server crashed: nobody is left who knows.
 */
final class Repeats {
    private Repeats() {}

    /**
     * Counts those of the pieces that are not done: a COMMIT without an answer may have been one.
     *
     * @param seconds from taking them until there were connections again
     */
    static void count(Session fresh, List<Task> tasks, double seconds) {
        fresh.update(
                "UPDATE "
                        + COPY_STATE
                        + " s SET repeated = s.repeated + u.open, lost = s.lost + ?"
                        + " FROM (SELECT pg_catalog.count(*)::int AS open FROM "
                        + COPY_TASK
                        + " t"
                        + " WHERE t.id = ANY (?) AND NOT t.done) u WHERE u.open > 0",
                seconds,
                tasks.stream().map(Task::id).toList());
    }

    /** For people, to be put behind what was done; empty when nothing was done again. */
    static String told(Session fresh) {
        return fresh.first(
                        "SELECT s.repeated, s.lost FROM " + COPY_STATE + " s WHERE s.repeated > 0",
                        row ->
                                String.format(
                                        Locale.ROOT,
                                        "; connections lost: %d %s done again, %.1f s of workers' time",
                                        row.integer("repeated"),
                                        row.integer("repeated") == 1 ? "piece" : "pieces",
                                        row.real("lost")))
                .orElse("");
    }
}
