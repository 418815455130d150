package dev.relevo.problem;

import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Places where a test lets the process die as {@code kill -9} would, or stand still as {@code kill
 * -STOP} would. Without {@code RELEVO_DIE_AT} or {@code RELEVO_FREEZE_AT} in the environment
 * nothing happens.
 */
public final class Failpoint {
    private static final @Nullable String DIE_AT;
    private static final @Nullable String FREEZE_AT;

    static {
        Map<String, String> environment = System.getenv();
        DIE_AT = environment.get("RELEVO_DIE_AT");
        FREEZE_AT = environment.get("RELEVO_FREEZE_AT");
    }

    private static volatile Consumer<String> hook = _ -> {};

    private Failpoint() {}

    /** Lets a test in this process do something at a place, and nothing more at any. */
    public static void onReach(Consumer<String> action) {
        hook = action;
    }

    /**
     * Dies or freezes here if the environment names this place.
     *
     * @param place for example {@code handover/barrier} or {@code start/copy/begin}
     */
    public static void reach(String place) {
        hook.accept(place);
        if (place.equals(DIE_AT)) {
            Runtime.getRuntime().halt(137);
        }
        if (place.equals(FREEZE_AT)) {
            while (true) {
                try {
                    Thread.sleep(Long.MAX_VALUE);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
