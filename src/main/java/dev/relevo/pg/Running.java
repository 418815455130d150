package dev.relevo.pg;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Something that waits for a server: a statement, a log-in, or a program. {@link LongStatements}
 * looks at it when it takes more than a second. To be closed when it has ended.
 */
public final class Running implements AutoCloseable {
    private static final Duration REMINDER = Duration.ofSeconds(30);

    /** A look may fail once, or come at a bad moment. */
    private static final int LOOKS = 3;

    private final Endpoint endpoint;
    private final int pid;
    private final String what;
    private final Kind kind;
    private final Abandonment abandonment;
    private final long since = System.nanoTime();
    private long heardAt = since;
    private int unheard;
    private boolean seen;
    private @Nullable String told;
    private long toldAt;
    private volatile @Nullable Attention attention;
    private volatile boolean ended;

    /** What is done about it when it takes long. */
    enum Kind {
        /** The server is asked. */
        LOOKED_AT,
        /** It is told once: there is a limit to it, and nobody to ask. */
        LOG_IN,
        /** Whoever runs it knows. */
        LEFT_ALONE
    }

    /** Ends it from outside. */
    @FunctionalInterface
    interface Abandonment {
        void because(String why);
    }

    /**
     * It begins now.
     *
     * @param pid the backend, or 0 when it is not known
     * @param what for people: a statement without secrets, or what a program does
     */
    Running(Endpoint endpoint, int pid, String what, Kind kind, Abandonment abandonment) {
        this.endpoint = endpoint;
        this.pid = pid;
        this.what = what;
        this.kind = kind;
        this.abandonment = abandonment;
    }

    /** A log-in begins. */
    static Running logIn(Endpoint endpoint) {
        return new Running(
                endpoint, 0, "connecting to " + endpoint.display(), Kind.LOG_IN, _ -> {});
    }

    Endpoint endpoint() {
        return endpoint;
    }

    int pid() {
        return pid;
    }

    Duration age() {
        return Duration.ofNanos(System.nanoTime() - since);
    }

    /**
     * Somebody begins to look at it.
     *
     * @return false when it has ended: nobody would tell {@code by} of it any more
     */
    boolean attendedBy(Attention by) {
        attention = by;
        return !ended;
    }

    /** Whether somebody should begin to look at it. */
    boolean isUnattended() {
        return kind == Kind.LOOKED_AT && attention == null;
    }

    /** What to tell of a log-in, once. */
    Optional<String> untold() {
        if (kind != Kind.LOG_IN || told != null) {
            return Optional.empty();
        }
        told = what;
        return Optional.of(what + " …");
    }

    void abandon(String why) {
        abandonment.because(why);
    }

    /**
     * The server has answered a look.
     *
     * @param wait what it said of this backend, if it is there
     * @return a line for people, if there is something new to tell
     */
    Optional<String> answered(@Nullable Wait wait) {
        if (pid == 0) {
            heard();
            return Optional.empty();
        }
        if (wait == null) {
            if (seen && ++unheard >= LOOKS) {
                abandon("the session at %s has ended without a word".formatted(endpoint.display()));
            }
            return Optional.empty();
        }
        seen = true;
        if (wait.answered()) {
            unheard();
            return Optional.empty();
        }
        heard();
        Optional<String> whom = wait.forWhom();
        if (whom.isEmpty()) {
            told = null;
            return Optional.empty();
        }
        return tell(
                wait.type() + wait.event() + wait.blockers().replaceAll("for \\d+ s", ""),
                whom.get());
    }

    private Optional<String> tell(String news, String whom) {
        long now = System.nanoTime();
        if (news.equals(told) && now - toldAt < REMINDER.toNanos()) {
            return Optional.empty();
        }
        told = news;
        toldAt = now;
        return Optional.of(
                "%s: %s waits for %s, %d s so far"
                        .formatted(endpoint.display(), shortened(), whom, age().toSeconds()));
    }

    private void heard() {
        heardAt = System.nanoTime();
        unheard = 0;
    }

    /** The server gives no answer, or has given one that does not arrive. */
    void unheard() {
        unheard++;
        Duration silent = Duration.ofNanos(System.nanoTime() - heardAt);
        if (unheard >= LOOKS && silent.compareTo(Link.PATIENCE) > 0) {
            abandon(Link.noAnswer(endpoint, silent) + " while " + shortened() + " was under way");
        }
    }

    private String shortened() {
        String line = what.strip().replaceAll("\\s+", " ");
        return line.length() > 60 ? line.substring(0, 59) + "…" : line;
    }

    @Override
    public void close() {
        // Before it asks who looks at it: whoever begins to look at this very moment sees it.
        ended = true;
        LongStatements.ended(this);
        Attention by = attention;
        if (by != null) {
            by.ended(this);
        }
    }
}
