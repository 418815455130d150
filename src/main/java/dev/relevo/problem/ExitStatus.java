package dev.relevo.problem;

/**
 * The exit status of the {@code relevo} command. Scripts rely on these numbers: they are part of
 * the public interface, listed in {@code docs/exit-codes.md}, and never change their meaning.
 */
public enum ExitStatus {
    /** Everything asked for is done. */
    OK(0),
    /** A server answered with an error, or something unforeseen happened; nothing is lost. */
    FAILED(1),
    /**
     * The command line, the configuration or a tool on this machine is at fault; nothing was tried.
     */
    USAGE(2),
    /**
     * At least one preflight check found something that must be mended first; nothing was changed.
     */
    CHECK(3),
    /** A server cannot be reached, or does not let us in. */
    CONNECTION(4),
    /** Another operator is at work on the same pair of servers. */
    BUSY(5),
    /** A handover was undone; the side that served before it serves again. */
    ABORTED(6),
    /**
     * The servers are not in the state the command needs, for example {@code rollback} before
     * {@code switch}.
     */
    STATE(7),
    /** The demo or a verification found that a transaction failed, was lost or was doubled. */
    PROMISE_BROKEN(8),
    /** Nobody reads standard output any more, as behind {@code | head}: 128 and SIGPIPE. */
    UNREAD(141),
    /** {@code status --check} only: somebody should look at it. */
    WARNING(1),
    /** {@code status --check} only: it does not go on, or nobody can tell. */
    CRITICAL(2),
    /** Interrupted with Ctrl-C or SIGTERM. */
    INTERRUPTED(130);

    private final int code;

    ExitStatus(int code) {
        this.code = code;
    }

    /** The number the process ends with. */
    public int code() {
        return code;
    }
}
