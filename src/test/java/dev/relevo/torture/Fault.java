package dev.relevo.torture;

import java.util.Locale;
import java.util.Random;

/** What may go wrong in a round. */
enum Fault {
    /** Nothing at all, to know what that looks like. */
    NONE,
    /** A table that nobody has written to for long is, when the gate is shut already. */
    LATE_TABLE,
    /** {@code kill -9} of Relevo at a random moment. */
    KILL_RELEVO,
    /** The same at the end of a step. */
    KILL_AT_STEP,
    /** SIGSTOP of Relevo, then SIGCONT. */
    STOP_RELEVO,
    /** Stands still at the end of a step, then {@code kill -9}. */
    FREEZE_AT_STEP,
    CRASH_FROM,
    CRASH_TO,
    FREEZE_WALSENDER,
    FREEZE_APPLY,
    /** Walsender and apply worker ended by an administrator. */
    TERMINATE_REPLICATION,
    /** Every session of Relevo's on one side ended by an administrator. */
    TERMINATE_FROM,
    TERMINATE_TO,
    CUT_RELEVO_FROM,
    CUT_RELEVO_TO,
    CUT_RELEVO_BOTH,
    CUT_SERVERS,
    CUT_CLIENTS_FROM,
    CUT_CLIENTS_TO,
    SILENT_RELEVO_FROM,
    SILENT_RELEVO_TO,
    SILENT_RELEVO_BOTH,
    SILENT_SERVERS,
    HALF_OPEN_RELEVO_FROM,
    HALF_OPEN_RELEVO_TO,
    HALF_OPEN_SERVERS,
    SLOW_RELEVO,
    SLOW_SERVERS,
    SLOW_CLIENTS,
    AUTOVACUUM,
    DDL,
    INDEX_CONCURRENTLY,
    VACUUM_FULL,
    DUMP,
    HOSTILE_SETTINGS,
    SECOND_OPERATOR,
    WRONG_SERVER,
    PASSWORD,
    STANDBY_FROZEN,
    /** No room for the write-ahead log. */
    DISK_FULL_FROM,
    DISK_FULL_TO,
    /**
     * A limit for the log that slots keep, where the slot of the way back is, and log behind it.
     */
    WAL_LIMIT;

    /** When it strikes, counted from the command. */
    sealed interface Moment {
        /** Before the command is given. */
        record Before() implements Moment {}

        /** So long after it was given. */
        record After(int millis) implements Moment {}

        /** When the other side calls itself writable, and this one still is. */
        record InOverlap() implements Moment {}

        /** So long after clients begin to wait. */
        record InHold(int millis) implements Moment {}

        /** When Relevo is about to send the COMMIT of the commit point. */
        record AtCommitPoint() implements Moment {}

        /** When Relevo has ended this step. */
        record AtStep(String step) implements Moment {}
    }

    /** Whether it can be had on this machine. */
    boolean isAvailable() {
        return (this != DISK_FULL_FROM && this != DISK_FULL_TO) || SmallDisk.available();
    }

    boolean isAtStep() {
        return this == KILL_AT_STEP || this == FREEZE_AT_STEP;
    }

    /** Of which nobody who connects for each transaction notices anything. */
    boolean isHarmless() {
        return this == NONE || this == LATE_TABLE || this == SLOW_CLIENTS;
    }

    /** A moment at which it makes sense. */
    Moment moment(Random random, java.util.List<String> steps) {
        if (isAtStep()) {
            return new Moment.AtStep(steps.get(random.nextInt(steps.size())));
        }
        return switch (this) {
            case AUTOVACUUM, HOSTILE_SETTINGS, SLOW_RELEVO, SLOW_SERVERS, SLOW_CLIENTS, DUMP ->
                    new Moment.Before();
            case WRONG_SERVER -> new Moment.Before();
            case LATE_TABLE -> new Moment.InOverlap();
            default ->
                    switch (random.nextInt(6)) {
                        case 0, 1 -> new Moment.After(random.nextInt(2500));
                        case 2 -> new Moment.AtCommitPoint();
                        default -> new Moment.InHold(random.nextInt(120));
                    };
        };
    }

    /** How long it lasts, in milliseconds. */
    int lasts(Random random) {
        return switch (this) {
            case NONE, LATE_TABLE, KILL_RELEVO, KILL_AT_STEP, TERMINATE_FROM, TERMINATE_TO -> 0;
            case TERMINATE_REPLICATION, DDL, SECOND_OPERATOR, WRONG_SERVER -> 0;
            case STOP_RELEVO, FREEZE_AT_STEP, SILENT_RELEVO_BOTH ->
                    random.nextInt(6) == 0 ? 15_000 : 300 + random.nextInt(4000);
            case CRASH_FROM, CRASH_TO, DISK_FULL_FROM, DISK_FULL_TO -> random.nextInt(1500);
            case PASSWORD -> 200 + random.nextInt(600);
            default -> 200 + random.nextInt(3000);
        };
    }

    /** As it is written on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
