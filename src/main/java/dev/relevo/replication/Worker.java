package dev.relevo.replication;

import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.Optional;

/**
 * The apply worker of a subscription, as the subscriber's catalogs show it.
 *
 * @param state whether it is at work
 * @param pid its process, while it runs
 * @param young whether it was started in the last minute
 * @param errors how often it failed since statistics began; nothing before 15
 * @param slot the slot it reads from; nothing when it has lost it
 */
public record Worker(
        State state,
        Optional<Integer> pid,
        boolean young,
        Optional<Long> errors,
        Optional<String> slot) {

    /** What it does. */
    public enum State {
        /** It runs. */
        RUNNING,
        /** It should run and does not: it failed, or cannot connect, or was not started yet. */
        STOPPED,
        /** Somebody disabled the subscription. */
        DISABLED,
        /** There is no such subscription. */
        MISSING
    }

    private static final Worker NONE =
            new Worker(State.MISSING, Optional.empty(), false, Optional.empty(), Optional.empty());

    /** The same, taken for one that ended: it was found to come and go. */
    public Worker failing() {
        return new Worker(
                state == State.RUNNING ? State.STOPPED : state,
                Optional.empty(),
                false,
                errors,
                slot);
    }

    /** Looks at the subscription of that name in the session's database. */
    public static Worker read(Session subscriber, String subscription) {
        return subscriber
                .first(
                        SqlFile.load(Worker.class, "worker", subscriber.version()),
                        row -> {
                            Optional<Integer> pid =
                                    row.isNull("pid")
                                            ? Optional.empty()
                                            : Optional.of(row.integer("pid"));
                            State state =
                                    !row.bool("enabled")
                                            ? State.DISABLED
                                            : pid.isPresent() ? State.RUNNING : State.STOPPED;
                            return new Worker(
                                    state,
                                    pid,
                                    row.bool("young"),
                                    row.isNull("errors")
                                            ? Optional.empty()
                                            : Optional.of(row.bigint("errors")),
                                    Optional.ofNullable(row.textOrNull("slot")));
                        },
                        subscription)
                .orElse(NONE);
    }
}
