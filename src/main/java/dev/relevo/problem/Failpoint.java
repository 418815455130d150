package dev.relevo.problem;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Places where a test lets the process die as {@code kill -9} would, or stand still as {@code kill
 * -STOP} would, until there is the file that {@code RELEVO_THAW_FILE} names. Without {@code
 * RELEVO_DIE_AT} or {@code RELEVO_FREEZE_AT} in the environment nothing happens.
 */
public final class Failpoint {
    private static final @Nullable String DIE_AT;
    private static final @Nullable String FREEZE_AT;
    private static final @Nullable String THAW_FILE;

    static {
        Map<String, String> environment = System.getenv();
        DIE_AT = environment.get("RELEVO_DIE_AT");
        FREEZE_AT = environment.get("RELEVO_FREEZE_AT");
        THAW_FILE = environment.get("RELEVO_THAW_FILE");
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
            while (THAW_FILE == null || !Files.exists(Path.of(THAW_FILE))) {
                try {
                    Thread.sleep(THAW_FILE == null ? Long.MAX_VALUE : 10);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
