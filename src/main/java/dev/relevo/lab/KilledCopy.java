package dev.relevo.lab;

import dev.relevo.lab.CopyWatch.Look;
import dev.relevo.lab.CopyWatch.Task;
import dev.relevo.lab.CopyWatch.Worker;
import dev.relevo.pg.Session;
import dev.relevo.problem.Pause;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** One copy, from {@code relevo start} until the new server follows, killed on the way. */
final class KilledCopy {
    private static final Duration POLL = Duration.ofMillis(25);

    /** Relevo itself gives a server two minutes to come back. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /** So often {@code start} may be given again for one kill. */
    private static final int AGAIN = 5;

    private static final String ERROR = "relevo: error: ";

    private final Site site;
    private final CopyProcesses processes;
    private final CopyWatch watch;
    private final Deque<Kill> kills;
    private final Duration expected;
    private final Random random;
    private final Consumer<Struck> listener;
    private final List<Struck> struck = new ArrayList<>();
    private final List<String> said = new ArrayList<>();
    private final List<Socket> halfOpen = new ArrayList<>();
    private long begun;
    private boolean disturbed;
    private boolean ended;

    /**
     * Where it happens.
     *
     * @param toOld what {@code start} reaches the old server by
     * @param toNew the new one likewise
     * @param jobs workers of {@code start}; the one that helps comes on top
     */
    record Site(Lab lab, Wire toOld, Wire toNew, int jobs) {}

    /**
     * How it went.
     *
     * @param took from the command until it ended well, all told
     * @param copied the part of it from the first worker at work to the last piece done
     */
    record Result(Duration took, Duration copied, List<Struck> struck) {}

    /**
     * Begins nothing yet.
     *
     * @param kills what is to be killed in turn; what is left when the copy is over stays there
     * @param expected how long the copy takes undisturbed
     */
    KilledCopy(
            Site site,
            CopyProcesses processes,
            CopyWatch watch,
            Deque<Kill> kills,
            Duration expected,
            Random random,
            Consumer<Struck> listener) {
        this.site = site;
        this.processes = processes;
        this.watch = watch;
        this.kills = kills;
        this.expected = expected;
        this.random = random;
        this.listener = listener;
    }

    Result run() {
        begun = System.nanoTime();
        processes.start();
        Look look = await("workers", at -> at.of(false).working(site.jobs(), site.jobs()));
        long atWork = System.nanoTime();
        while (!kills.isEmpty() && !isOver(look)) {
            look = atSomeMoment(look);
            if (!isOver(look) && kills.getFirst() == Kill.WORKER) {
                look =
                        await(
                                "a worker that helps",
                                at -> at.complete() || at.of(true).working(1, 1));
            }
            if (!isOver(look)) {
                look = strike(kills.removeFirst(), look);
            }
        }
        await("the last piece", Look::complete);
        long copied = System.nanoTime();
        await("the end of relevo start", _ -> ended);
        return new Result(
                Duration.ofNanos(System.nanoTime() - begun),
                Duration.ofNanos(copied - atWork),
                struck);
    }

    private boolean isOver(Look look) {
        return ended || look.complete();
    }

    /**
     * Waits for the first of as many moments as there are kills left, each anywhere in the work
     * that is left: by what is done, or by the time it takes undisturbed, whichever comes first.
     */
    private Look atSomeMoment(Look look) {
        double left = 1 - look.done();
        double share = 1 - Math.pow(random.nextDouble(), 1.0 / kills.size());
        long due = System.nanoTime() + (long) (expected.toNanos() * left * share);
        double mark = 1 - left * (1 - share);
        return await("the moment", at -> System.nanoTime() >= due || at.done() >= mark);
    }

    private Look strike(Kill kill, Look before) {
        said.clear();
        disturbed = true;
        long at = System.nanoTime();
        Set<Integer> gone = new HashSet<>();
        String what = kill(kill, before, gone);
        boolean helping =
                kill == Kill.WORKER
                        || (kill == Kill.BACKEND && before.of(true).pids().containsAll(gone));
        int wanted = helping ? 1 : site.jobs();
        int onOld =
                wanted - (kill == Kill.BACKEND || kill == Kill.NETWORK ? idle(before, gone) : 0);
        Look after =
                await(
                        "work after: " + what,
                        look ->
                                look.complete()
                                        || look.without(gone).of(helping).working(onOld, wanted));
        closeHalfOpen();
        List<Worker> hit = hit(helping ? before.of(true) : before, after, gone);
        List<Task> vanished = vanished(before, after);
        Struck one =
                new Struck(
                        kill,
                        what,
                        Duration.ofNanos(at - begun),
                        Duration.ofNanos(System.nanoTime() - at),
                        hit.size() + vanished.size(),
                        hit.stream().mapToLong(Worker::bytes).sum()
                                + vanished.stream()
                                        .filter(Task::chunk)
                                        .mapToLong(Task::bytes)
                                        .sum(),
                        Duration.ofMillis(
                                (long)
                                        (1000 * hit.stream().mapToDouble(Worker::seconds).sum()
                                                + 1000
                                                        * vanished.stream()
                                                                .mapToDouble(Task::seconds)
                                                                .sum())),
                        said);
        struck.add(one);
        listener.accept(one);
        return after;
    }

    /** Sessions on the old server that nobody misses before there is a piece for them. */
    private static int idle(Look before, Set<Integer> gone) {
        return (int)
                before.onOld().stream()
                        .filter(worker -> gone.contains(worker.pid()) && !worker.busy())
                        .count();
    }

    /**
     * Workers that were at a piece and have lost their session. Where that was the one on the old
     * server, which is which is told by what became of the other one.
     */
    private static List<Worker> hit(Look before, Look after, Set<Integer> gone) {
        Set<Integer> left = after.pids();
        boolean known = before.onNew().stream().anyMatch(worker -> gone.contains(worker.pid()));
        return before.onNew().stream()
                .filter(Worker::busy)
                .filter(worker ->
                        known ? gone.contains(worker.pid()) : !left.contains(worker.pid()))
                .toList();
    }

    /** Pieces that were done and are not any more. */
    private static List<Task> vanished(Look before, Look after) {
        boolean anew = !before.copy().equals(after.copy());
        return before.tasks().values().stream()
                .filter(Task::done)
                .filter(task -> {
                    Task now = after.tasks().get(task.id());
                    return anew || now == null || !now.done();
                })
                .toList();
    }

    /** Kills, and notes whose sessions that ends. */
    private String kill(Kill kill, Look look, Set<Integer> gone) {
        switch (kill) {
            case RELEVO -> {
                gone.addAll(look.of(false).pids());
                processes.killStart();
                processes.start();
            }
            case WORKER -> {
                gone.addAll(look.of(true).pids());
                processes.killHelper();
            }
            case NEW_SERVER, OLD_SERVER -> {
                gone.addAll(look.pids());
                LabServer server = site.lab().server(kill == Kill.OLD_SERVER ? 0 : 1);
                server.crash();
                server.start();
            }
            case BACKEND -> {
                boolean onOld = random.nextBoolean();
                List<Worker> there = onOld ? look.onOld() : look.onNew();
                List<Worker> busy = there.stream().filter(Worker::busy).toList();
                List<Worker> some = busy.isEmpty() ? there : busy;
                int pid = some.get(random.nextInt(some.size())).pid();
                gone.add(pid);
                terminate(site.lab().server(onOld ? 0 : 1), pid);
                return kill.what() + (onOld ? " on the old server" : " on the new server");
            }
            case NETWORK -> {
                boolean onOld = random.nextBoolean();
                boolean silently = random.nextBoolean();
                Look ofStart = look.of(false);
                (onOld ? ofStart.onOld() : ofStart.onNew())
                        .forEach(worker -> gone.add(worker.pid()));
                halfOpen.addAll((onOld ? site.toOld() : site.toNew()).cut(silently));
                return "network to the %s server, cut%s"
                        .formatted(onOld ? "old" : "new", silently ? " without a word to it" : "");
            }
        }
        return kill.what();
    }

    private static void terminate(LabServer server, int pid) {
        try (Session session = server.superuser(LabServer.SUPERUSER).open("bench")) {
            session.text("SELECT pg_catalog.pg_terminate_backend(?)", pid);
        }
    }

    /** Looks until something holds or the copy has ended, and keeps both processes going. */
    private Look await(String what, Predicate<Look> holds) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            tend();
            Look look = watch.look();
            if (ended || holds.test(look)) {
                return look;
            }
            if (look.copy().isPresent() && !look.complete()) {
                processes.help(
                        site.lab().server(0).superuser(LabServer.APPLICATION),
                        site.lab().server(1).superuser(LabServer.APPLICATION));
            }
            if (System.nanoTime() > deadline) {
                throw failed("waited in vain for " + what);
            }
            Pause.of(POLL);
        }
    }

    private void tend() {
        if (ended || processes.startIsAlive()) {
            return;
        }
        if (processes.startStatus() == 0) {
            ended = true;
            return;
        }
        said.add(problem(processes.said()));
        if (!disturbed || said.size() > AGAIN) {
            throw failed("relevo start does not get to its end: " + said);
        }
        closeHalfOpen();
        processes.start();
    }

    /** As a server does a minute after a cut it was not told of. */
    private void closeHalfOpen() {
        halfOpen.forEach(Wire::close);
        halfOpen.clear();
    }

    private RuntimeException failed(String message) {
        return Command.failed(
                "kill-bench",
                message,
                "start:\n" + processes.said() + "\ncopy-worker:\n" + processes.helperSaid());
    }

    /** The one line of what it said that tells why it ended. */
    private static String problem(String output) {
        return output.lines()
                .filter(line -> line.startsWith(ERROR))
                .map(line -> line.substring(ERROR.length()))
                .reduce((_, last) -> last)
                .orElse("no error");
    }
}
