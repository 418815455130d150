package dev.relevo.cli;

import dev.relevo.cli.output.Console;
import dev.relevo.problem.ExitStatus;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Ctrl-C and SIGTERM: tidy up what lives on this machine, say in one line where things stand, end
 * with 130.
 *
 * <p>The process ends here by halting, so that SIGTERM gives 130 as well; whatever must be tidied
 * up is therefore given to {@link #tidyUp} instead of a shutdown hook of its own. On the servers
 * nothing needs to be tidied up: closed connections are all they need to see.
 */
final class Interruption {
    private final AtomicReference<String> line = new AtomicReference<>("");
    private final AtomicReference<Runnable> tidyUp = new AtomicReference<>(() -> {});
    private final AtomicBoolean over = new AtomicBoolean();

    /** What to say if it happens from now on. */
    void say(String text) {
        line.set(text);
    }

    /** What to do if it happens from now on; it may be done in the middle of anything. */
    void tidyUp(Runnable action) {
        tidyUp.set(action);
    }

    /** From now on the process ends by itself. */
    void finished() {
        over.set(true);
    }

    /** Begins to listen. */
    void install(Console console) {
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform()
                                .name("relevo-interruption")
                                .unstarted(() -> interrupted(console)));
    }

    private void interrupted(Console console) {
        if (over.getAndSet(true)) {
            return;
        }
        console.restore();
        if (!line.get().isEmpty()) {
            console.err().println("relevo: interrupted: " + line.get());
        }
        console.err().flush();
        try {
            tidyUp.get().run();
        } catch (RuntimeException e) {
            console.err().println("relevo: while tidying up: " + e);
        }
        // pg_dump and the like, which a SIGTERM to this process alone does not reach.
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroy);
        console.err().flush();
        Runtime.getRuntime().halt(ExitStatus.INTERRUPTED.code());
    }

    /** Whether somebody pressed Ctrl-C: what fails now fails because of it, and is not told. */
    boolean happened() {
        return over.get();
    }
}
