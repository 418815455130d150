package dev.relevo.upgrade;

import dev.relevo.catalog.LostChanges;
import dev.relevo.catalog.Side;
import dev.relevo.pg.Session;
import dev.relevo.plan.Statement;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Pause;
import dev.relevo.problem.Problem;
import dev.relevo.replication.ApplyLog;
import dev.relevo.replication.Lag;
import dev.relevo.replication.Node;
import dev.relevo.replication.Published;
import dev.relevo.replication.SlotHealth;
import dev.relevo.replication.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Whether the side that follows applies anything at all, found out before a handover closes
 * anything there and makes clients wait: a mark is sent, and the apply workers are looked at until
 * it has arrived. One that is merely slow is let be; the handover has limits for that.
 */
final class Applying {
    /** A worker that has run for so long and has not failed is at work. */
    private static final Duration AT_WORK = Duration.ofSeconds(2);

    private static final Duration LOOK = Duration.ofMillis(50);

    private static final String RETRY =
            """
            SELECT s.setting::bigint AS ms FROM pg_catalog.pg_settings s WHERE s.name = 'wal_retrieve_retry_interval'
            """;

    private static final String UP_FOR_LONG =
            """
            SELECT WHERE pg_catalog.pg_postmaster_start_time() < pg_catalog.clock_timestamp() - interval '30 s'
            """;

    private static final String SEND = "SELECT relevo.send(?)";
    private static final String HAS_ARRIVED = "SELECT relevo.has_arrived(?)";

    private final Node from;
    private final Node to;
    private final int subscriptions;

    Applying(Node from, Node to, int subscriptions) {
        this.from = from;
        this.to = to;
        this.subscriptions = subscriptions;
    }

    /**
     * Waits until the mark is there or the workers are at work; at most for the time after which a
     * failed worker is started again, and two seconds.
     *
     * @throws dev.relevo.problem.ProblemException when one of them is not, with its reason
     */
    void require() {
        try (Session here = from.open("switch");
                Session there = to.open("switch")) {
            requireWhole(here, there);
            String mark = "o" + UUID.randomUUID();
            here.text(SEND, mark);
            Duration patience =
                    Duration.ofMillis(there.one(RETRY, row -> row.bigint("ms"))).plus(AT_WORK);
            long begun = System.nanoTime();
            Map<Integer, Integer> pids = new HashMap<>();
            long steady = begun;
            while (!there.text(HAS_ARRIVED, mark).equals("t")) {
                for (int part = 1; part <= subscriptions; part++) {
                    String name = to.part(part).subscription();
                    Worker worker = Worker.read(there, name);
                    Optional<Integer> before = Optional.ofNullable(pids.get(part));
                    boolean failed = before.isPresent() && !worker.pid().equals(before);
                    boolean late = System.nanoTime() - begun > patience.toNanos();
                    if (failed || isOut(worker, late, here, there, name)) {
                        throw refusal(there, name, worker);
                    }
                    if (worker.pid().isEmpty()) {
                        steady = System.nanoTime();
                    } else {
                        pids.put(part, worker.pid().get());
                    }
                }
                if (System.nanoTime() - steady > AT_WORK.toNanos()) {
                    return;
                }
                Pause.of(LOOK);
            }
        }
    }

    /** What {@link #require} runs that is more than a look; the second until it is true. */
    static List<Statement> statements(Side from) {
        return List.of(
                new Statement(from.label(), SEND),
                new Statement(from.other().label(), HAS_ARRIVED));
    }

    /** Whether a worker does not run and will not come. */
    private static boolean isOut(
            Worker worker, boolean late, Session here, Session there, String name) {
        return switch (worker.state()) {
            case RUNNING -> false;
            case STOPPED -> late || hasFailed(here, there, name);
            case DISABLED, MISSING -> true;
        };
    }

    /** Nothing that has to be waited for tells that it is over. */
    private void requireWhole(Session here, Session there) {
        for (int part = 1; part <= subscriptions; part++) {
            Node publisher = from.part(part);
            String slot = publisher.slot();
            String name = to.part(part).subscription();
            List<String> problems = new ArrayList<>();
            Troubles troubles = new Troubles(from.side(), to.side(), name, problems);
            if (Lag.read(here, slot).isEmpty()) {
                troubles.slotGone(slot);
            }
            SlotHealth.read(here, publisher)
                    .filter(health -> !health.isWhole())
                    .ifPresent(health -> troubles.slot(publisher, health));
            Worker worker = Worker.read(there, name);
            worker.slot()
                    .filter(reads -> !reads.equals(slot))
                    .ifPresent(reads -> troubles.readsFrom(reads, slot));
            problems.addAll(Published.problems(here, publisher, there, to.part(part)));
            if (worker.state() == Worker.State.MISSING || worker.state() == Worker.State.DISABLED) {
                troubles.worker(worker, Optional.empty());
            }
            if (!problems.isEmpty()) {
                throw notWhole(problems);
            }
        }
    }

    /**
     * Whether the log says that the worker which does not run now has failed, and not because
     * somebody restarted a server.
     */
    private static boolean hasFailed(Session here, Session there, String name) {
        return ApplyLog.read(there, name) instanceof ApplyLog.Finding.Found(var error)
                && !error.startedAgain()
                && !error.isOfConnection()
                && (!error.state().isEmpty()
                        || (here.exists(UP_FOR_LONG) && there.exists(UP_FOR_LONG)));
    }

    private RuntimeException refusal(Session there, String name, Worker worker) {
        List<String> problems = new ArrayList<>();
        new Troubles(from.side(), to.side(), name, problems)
                .worker(worker.failing(), Optional.of(ApplyLog.read(there, name)));
        return refusal(
                String.join("\n", problems),
                to.side() == Side.NEW
                        ? "Fix the cause, then run the same command again; relevo status shows whether it"
                                + " goes on."
                        : "Fix the cause on the old server if that is possible and run the same command"
                                + " again; else run relevo finish to stay on the new one.");
    }

    /** Each of these says in its last line what to do about it; one at a time is enough. */
    private RuntimeException notWhole(List<String> problems) {
        String first = problems.getFirst();
        int end = first.lastIndexOf('\n');
        String remedy = first.substring(end + 1);
        List<String> details = new ArrayList<>(problems);
        details.set(0, first.substring(0, Math.max(0, end)));
        return refusal(
                String.join("\n", details),
                LostChanges.areMeantBy(remedy)
                        ? remedy
                        : remedy + " Then run the same command again.");
    }

    private RuntimeException refusal(String detail, String hint) {
        return new Problem(
                        ExitStatus.STATE,
                        "apply-stopped",
                        "the %s server does not apply what the %s one sends"
                                .formatted(to.side(), from.side()),
                        detail,
                        hint)
                .toException();
    }
}
