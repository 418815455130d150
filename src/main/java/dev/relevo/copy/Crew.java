package dev.relevo.copy;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.problem.Pause;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** The workers of this process, from the first piece they take to the end of the last. */
final class Crew {
    private final Endpoint newServer;
    private final Map<String, String> settings;
    private final String purpose;
    private final List<Worker> workers = new ArrayList<>();
    private final AtomicBoolean stop = new AtomicBoolean();

    /**
     * Begins nothing yet.
     *
     * @param settings of the session that watches them
     * @param snapshot what every worker imports
     * @param count how many there are
     * @param all how many there are in all processes
     * @param throttle what they share
     * @param purpose what both servers show of each, beginning with {@link Worker#PURPOSE}
     */
    Crew(
            Endpoint oldServer,
            Endpoint newServer,
            Map<String, String> settings,
            String snapshot,
            int count,
            int all,
            Throttle throttle,
            String purpose) {
        this.newServer = newServer;
        this.settings = settings;
        this.purpose = purpose;
        for (int i = 0; i < count; i++) {
            workers.add(new Worker(oldServer, newServer, snapshot, all, stop, throttle, purpose));
        }
    }

    /**
     * Works until nothing is left, or one has failed: then the others are ended, and this throws
     * what it failed with.
     *
     * @param poll how often to look
     * @param look is given a session on the new server; another one after that was lost
     */
    void work(Duration poll, Consumer<Session> look) {
        // Threads of the platform: they wait for bytes all the time, and a virtual one is woken by
        // way of another thread each time.
        try (ExecutorService executor = Executors.newFixedThreadPool(workers.size())) {
            List<Future<?>> running = new ArrayList<>();
            CountDownLatch ending = new CountDownLatch(workers.size());
            for (Worker worker : workers) {
                running.add(
                        executor.submit(() -> {
                            try {
                                worker.run();
                            } finally {
                                ending.countDown();
                            }
                        }));
            }
            try {
                Endurance endurance = new Endurance(stop::get);
                endurance.run(() -> {
                    try (Session fresh = newServer.noticingLoss().open("copy", settings)) {
                        endurance.connected();
                        watch(
                                running,
                                ending,
                                poll,
                                () -> {
                                    look.accept(fresh);
                                    endurance.progressed();
                                });
                    }
                });
                running.forEach(Crew::requireNoFailure);
            } catch (RuntimeException | Error e) {
                stop.set(true);
                try (Session fresh = newServer.open("copy", settings)) {
                    Workers.end(fresh, purpose);
                } catch (PgException | ProblemException suppressed) {
                    e.addSuppressed(suppressed);
                }
                throw e;
            }
        }
    }

    /** Until all workers are through, or one has failed. */
    private static void watch(
            List<Future<?>> running, CountDownLatch ending, Duration poll, Runnable look) {
        while (true) {
            // Before the look, so that nothing happens between them.
            boolean done = running.stream().allMatch(Future::isDone);
            if (running.stream().anyMatch(worker -> worker.state() == Future.State.FAILED)) {
                return;
            }
            look.run();
            if (done) {
                return;
            }
            try {
                ending.await(poll.toNanos(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                throw Pause.interrupted(e);
            }
        }
    }

    private static void requireNoFailure(Future<?> worker) {
        if (!worker.isDone()) {
            return; // another one has failed
        }
        try {
            worker.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause
                    ? cause
                    : new IllegalStateException(e);
        } catch (InterruptedException e) {
            throw Pause.interrupted(e);
        }
    }
}
