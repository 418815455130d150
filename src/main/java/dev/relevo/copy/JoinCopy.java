package dev.relevo.copy;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Workers for a copy that {@link CopyTables} of another process has begun, from any machine that
 * reaches both servers.
 *
 * <p>They take pieces from the same queue and read in the same snapshot; nobody needs to know of
 * them. Killed at any moment they leave what they were at to others: its transaction rolls back. An
 * index under way is built to its end by the server first, which does not look for its client
 * meanwhile, and then by somebody else once more.
 *
 * <p>They end when nothing is left to do, and wait for that as long as others are at a piece, whose
 * end may bring them a table's indexes. They go on without {@code start}, and end when the snapshot
 * is gone or the copy is over.
 */
public final class JoinCopy {
    private static final Duration POLL = Duration.ofMillis(250);

    /** A server keeps no more than 63 bytes of a name, ours before it included. */
    private static final int LONGEST = 63 - Session.NAME_PREFIX.length();

    private final Endpoint oldServer;
    private final Endpoint newServer;
    private final Snapshots snapshots;
    private final IntSupplier jobs;
    private final Throttle throttle;
    private final String purpose;

    /**
     * Looks at nothing yet.
     *
     * @param jobs how many workers there are to be, each with a session on either server; asked
     *     when there is a copy
     * @param throttle the rows that these workers copy go through it
     * @param name of this process among all that help, for people who look at the servers' sessions
     */
    public JoinCopy(
            Endpoint oldServer,
            Endpoint newServer,
            Snapshots snapshots,
            IntSupplier jobs,
            Throttle throttle,
            String name) {
        this.oldServer = oldServer;
        this.newServer = newServer;
        this.snapshots = snapshots;
        this.jobs = jobs;
        this.throttle = throttle;
        String whole = Worker.PURPOSE + " " + name.replaceAll("[^ -~]", "?");
        this.purpose = whole.substring(0, Math.min(whole.length(), LONGEST));
    }

    /**
     * What these workers did.
     *
     * @param indexes and constraints
     * @param bytes of the chunks, as the old server stores them
     */
    public record Share(int chunks, int indexes, long rows, long bytes) {}

    /**
     * Helps until nothing is left.
     *
     * @param listener is told a few times a second how far the copy as a whole is
     * @throws ProblemException when no copy is under way, or what remains of it cannot be copied
     */
    public Share run(Consumer<Standing> listener) {
        String copy = snapshots.copy().orElseThrow(() -> none("relevo start has made no snapshot"));
        try (Session fresh = newServer.open("copy")) {
            String snapshot = snapshot(fresh, copy);
            int count = jobs.getAsInt();
            try {
                work(fresh, copy, snapshot, count, listener);
            } catch (PgException | ProblemException e) {
                throw explained(e, copy);
            }
            return Queue.share(fresh, Session.NAME_PREFIX + purpose);
        } catch (ProblemException e) {
            throw e.problem().code().equals("no-database")
                    ? none("the new server has no such database")
                    : e;
        }
    }

    /** What to import; empty when all rows are there, and only indexes are left. */
    private String snapshot(Session fresh, String copy) {
        if (!Queue.isOf(fresh, copy)) {
            throw none("there is a snapshot, but its tables are not in the queue yet");
        }
        if (!Queue.isAnythingLeft(fresh)) {
            throw none("every row and every index is there");
        }
        // Asked in this order: it is let go when that all rows are there has been noted.
        String held = snapshots.held().map(Snapshots.Source::id).orElse("");
        if (held.isEmpty() && !Queue.isLoaded(fresh, copy)) {
            throw lost(null);
        }
        return held;
    }

    private void work(
            Session fresh, String copy, String snapshot, int count, Consumer<Standing> listener) {
        int all = Workers.count(fresh) + count;
        new Crew(oldServer, newServer, Map.of(), snapshot, count, all, throttle, purpose)
                .work(
                        POLL,
                        session -> {
                            if (!Queue.isOf(session, copy)) {
                                throw over(null);
                            }
                            Standing.read(session).ifPresent(listener);
                        });
    }

    /** Whoever ends a copy ends its workers, which see no more than a lost connection. */
    private RuntimeException explained(RuntimeException e, String copy) {
        if (isOver(copy)) {
            return over(e);
        }
        return e instanceof ProblemException told && told.problem().code().equals("snapshot-lost")
                ? lost(e)
                : e;
    }

    private boolean isOver(String copy) {
        try (Session fresh = newServer.open("copy")) {
            return !Queue.isOf(fresh, copy);
        } catch (ProblemException e) {
            return e.problem().code().equals("no-database");
        } catch (PgException e) {
            return false;
        }
    }

    private static ProblemException none(String detail) {
        return new Problem(
                        ExitStatus.STATE,
                        "no-copy",
                        "no copy is under way on these servers",
                        detail,
                        "Run relevo start, and relevo copy-worker when relevo status shows how far"
                                + " the copy is.")
                .toException();
    }

    private static ProblemException over(@Nullable Throwable cause) {
        return new Problem(
                        ExitStatus.STATE,
                        "copy-over",
                        "the copy was ended or begun anew by somebody else",
                        "its queue on the new server is gone",
                        "Run relevo status; while it shows a copy, relevo copy-worker can join it.")
                .toException(cause);
    }

    private static ProblemException lost(@Nullable Throwable cause) {
        return new Problem(
                        ExitStatus.FAILED,
                        "snapshot-lost",
                        "the session that kept the snapshot of the copy has ended",
                        "what is not copied yet cannot be copied in it any more",
                        "Run relevo start: it begins the copy anew; then relevo copy-worker again.")
                .toException(cause);
    }
}
