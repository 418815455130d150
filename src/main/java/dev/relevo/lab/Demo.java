package dev.relevo.lab;

import java.time.Duration;

/** The whole exercise: two servers, a load that never stops, and an upgrade beneath it. */
public interface Demo extends AutoCloseable {

    /**
     * Runs it to the end.
     *
     * @throws dev.relevo.problem.ProblemException when it cannot be run here, or a step fails
     */
    DemoReport run(DemoOptions options, Audience audience);

    /**
     * Stops the load and the servers and removes every file. May be called at any time, from
     * another thread, more than once: Ctrl-C ends here as well.
     */
    @Override
    void close();

    /** Who watches. */
    interface Audience {
        /**
         * A step begins. With {@link DemoOptions#pause} this returns when somebody pressed Enter.
         */
        void began(String title);

        /** How far the step is: replaces what it said before. */
        void moved(String note);

        /** The step is done. */
        void ended(String title, String evidence, Duration took);
    }
}
