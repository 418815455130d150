package dev.relevo.upgrade;

import dev.relevo.catalog.LostChanges;
import dev.relevo.copy.Standing;
import dev.relevo.problem.Problem;
import dev.relevo.replication.ApplyError;
import dev.relevo.replication.Pace;
import dev.relevo.replication.SlotHealth;
import dev.relevo.replication.Worker;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where an upgrade stands, as the two servers tell it.
 *
 * @param phase what is going on
 * @param serving which side clients can write to: {@code old}, {@code new} or {@code none}; {@code
 *     unknown} when the side that would know does not answer
 * @param oldServer the old side
 * @param newServer the new side
 * @param replication how the side that does not serve follows the one that does
 * @param copy how far the initial copy is, while {@code start} has not ended
 * @param operator who is at work on it right now, if anybody
 * @param databaseBytes size of the database on the side that is followed; 0 when it is not known
 * @param givenUp that the way back was given up for what it kept, and when
 * @param next the command that takes it further
 */
public record Status(
        Phase phase,
        String serving,
        Side oldServer,
        Side newServer,
        Optional<Replication> replication,
        Optional<Copy> copy,
        Optional<String> operator,
        long databaseBytes,
        Optional<String> givenUp,
        String next) {
    private static final long LEAST_LIMIT = 10L << 30;

    /** Write-ahead log that slots keep on the side that is followed. */
    public long retainedBytes() {
        return Math.max(
                replication.map(Replication::retainedBytes).orElse(0L),
                copy.map(Copy::retainedBytes).orElse(0L));
    }

    /**
     * How much of it is worth a warning when nobody says: a tenth of the database, at least 10 GB.
     * How much room the disk has cannot be asked by SQL.
     */
    public long usualLimit() {
        return Math.max(LEAST_LIMIT, databaseBytes / 10);
    }

    /** Whether the slots are those of the way back, which may be given up. */
    public boolean retainsForWayBack() {
        return serving.equals("new") && replication.filter(r -> r.from().equals("new")).isPresent();
    }

    /** Where an upgrade can stand. */
    public enum Phase {
        /** Nothing of Relevo's is on either server. */
        NOT_STARTED,
        /** {@code start} was begun and has not ended. */
        STARTING,
        /** The new side follows the old one: {@code switch} is possible. */
        FOLLOWING,
        /**
         * The new side serves, the old one follows: {@code rollback} and {@code finish} are
         * possible.
         */
        SWITCHED,
        /**
         * Nothing of Relevo's is left; the old side is read-only by default, the new one is not.
         */
        FINISHED,
        /** A handover was interrupted: the same command again, or {@code switch}, tidies up. */
        INTERRUPTED,
        /** A server does not answer, and without it nobody can tell. */
        UNKNOWN
    }

    /**
     * The initial copy.
     *
     * @param standing as the new server has it
     * @param snapshotHeld whether its snapshot is there still; not so when all rows are
     * @param retainedBytes write-ahead log the slot keeps on the old server
     */
    public record Copy(Standing standing, boolean snapshotHeld, long retainedBytes) {
        /** Whether what is left cannot be copied any more, so that all begins anew. */
        public boolean lost() {
            return !snapshotHeld && standing.tablesDone() < standing.tables();
        }
    }

    /**
     * One of the two servers.
     *
     * @param state what is recorded there, or that it cannot be told
     * @param trouble why it does not answer, when it does not
     */
    public record Side(
            String address, String version, String state, int clients, Optional<Problem> trouble) {}

    /**
     * How one side follows the other.
     *
     * @param from the side that is followed
     * @param tablesReady tables whose initial copy is complete
     * @param tablesTotal all replicated tables; 0 when the server that knows does not answer
     * @param subscriptions what each of them says, at least one
     */
    public record Replication(
            String from,
            int tablesReady,
            int tablesTotal,
            List<Subscription> subscriptions,
            List<String> problems) {
        public Replication {
            subscriptions = List.copyOf(subscriptions);
            problems = List.copyOf(problems);
        }

        /**
         * Write-ahead log not yet confirmed by the one that is farthest behind. Each reads all of
         * it, so a sum would count the same log several times.
         */
        public long lagBytes() {
            return subscriptions.stream().mapToLong(Subscription::lagBytes).max().orElse(0);
        }

        /** Age of what was confirmed last, of the one that is farthest behind. */
        public double lagSeconds() {
            return subscriptions.stream().mapToDouble(Subscription::lagSeconds).max().orElse(0);
        }

        /** How fast the one goes that has the worst prospects. */
        public Pace pace() {
            return subscriptions.stream()
                    .map(Subscription::pace)
                    .max(Pace.WORST_LAST)
                    .orElse(Pace.unknown(0));
        }

        /** Whether all apply workers run. */
        public boolean workerRunning() {
            return subscriptions.stream().allMatch(Subscription::workerRunning);
        }

        /** Whether one of them does not go on by itself. */
        public boolean stuck() {
            return subscriptions.stream().anyMatch(Subscription::stuck);
        }

        /** Whether one of the problems is that changes are lost, so that nothing goes on. */
        public boolean changesAreLost() {
            return problems.stream().anyMatch(LostChanges::areMeantBy);
        }

        /** Write-ahead log the slots keep on the publisher. */
        public long retainedBytes() {
            return subscriptions.stream().mapToLong(Subscription::retainedBytes).max().orElse(0);
        }
    }

    /**
     * One of the subscriptions.
     *
     * @param lagBytes write-ahead log not yet confirmed
     * @param lagSeconds age of what was confirmed last
     * @param worker its apply worker; nothing when the subscriber does not answer
     * @param error why the apply worker does not run, if its server's log tells
     * @param retainedBytes write-ahead log the slot keeps on the publisher
     * @param slot whether the slot can go on; nothing when it is not there, or the publisher does
     *     not answer
     * @param pace how fast it goes; less may be left to apply than is not confirmed
     */
    public record Subscription(
            String name,
            long lagBytes,
            double lagSeconds,
            Optional<Worker> worker,
            Optional<ApplyError> error,
            long retainedBytes,
            Optional<SlotHealth> slot,
            Pace pace) {
        /** Whether the apply worker runs, as far as anybody can tell. */
        public boolean workerRunning() {
            return worker.filter(w -> w.state() == Worker.State.RUNNING).isPresent();
        }

        /** Whether its slot has lost write-ahead log, or will with the next checkpoint. */
        public boolean endangered() {
            return slot.filter(health ->
                            health.invalidated().isPresent()
                                    || health.walStatus()
                                            .filter(Set.of("lost", "unreserved")::contains)
                                            .isPresent())
                    .isPresent();
        }

        /** Whether nothing will be applied any more unless somebody does something about it. */
        public boolean stuck() {
            return worker.filter(w -> w.state() != Worker.State.RUNNING).isPresent()
                    || slot.filter(health -> !health.isWhole()).isPresent();
        }
    }
}
