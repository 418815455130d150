package dev.relevo.replication;

import dev.relevo.pg.Lsn;
import dev.relevo.pg.Session;
import dev.relevo.pg.Size;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Pause;
import dev.relevo.problem.Problem;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Proves that one side follows the other: a mark committed on the publisher arrives on the
 * subscriber. Since commits are applied in order, everything before it is there as well. It is sent
 * anew each time.
 */
public final class CatchUp implements Step {
    /** How long the apply worker may be out of touch with the publisher. */
    public static final Duration SILENCE = Duration.ofSeconds(60);

    private static final long CLOSE_BEHIND = 64L << 20;

    private static final String WRITTEN =
            "SELECT pg_catalog.pg_current_wal_insert_lsn()::text AS written";

    private final Node publisher;
    private final Node subscriber;
    private final Duration silence;

    public CatchUp(Node publisher, Node subscriber) {
        this(publisher, subscriber, SILENCE);
    }

    /**
     * The same with another patience.
     *
     * @param silence how long the apply worker may be out of touch with the publisher
     */
    public CatchUp(Node publisher, Node subscriber, Duration silence) {
        this.publisher = publisher;
        this.subscriber = subscriber;
        this.silence = silence;
    }

    @Override
    public String id() {
        return subscriber.step("catch-up");
    }

    @Override
    public String title() {
        String follows =
                "the " + subscriber.side() + " server follows the " + publisher.side() + " one";
        return subscriber.part() == 1
                ? follows
                : follows + ", " + subscriber.titled("subscription");
    }

    @Override
    public List<Statement> statements() {
        return List.of(
                new Statement(
                        publisher.side().label(), "INSERT INTO " + nonces() + " VALUES ('b…')"));
    }

    @Override
    public Observation observe() {
        try (Session there = subscriber.open("catch-up");
                Session here = publisher.open("catch-up")) {
            boolean marked =
                    there.exists("SELECT FROM " + nonces() + " WHERE pg_catalog.left(id, 1) = 'b'");
            return Lag.read(here, publisher.slot())
                    .filter(lag -> marked && lag.active() && lag.bytes() < CLOSE_BEHIND)
                    .<Observation>map(
                            lag -> new Observation.Done("%,d bytes behind".formatted(lag.bytes())))
                    .orElseGet(Observation.Pending::new);
        }
    }

    @Override
    public void apply(Progress progress) {
        try (Session there = subscriber.open("catch-up");
                Session here = publisher.open("catch-up")) {
            String mark = "b" + UUID.randomUUID();
            here.update("INSERT INTO " + nonces() + " (id) VALUES (?)", mark);
            Lsn target = here.one(WRITTEN, row -> row.lsn("written"));
            String slot = publisher.slot();
            PaceWindow window = new PaceWindow();
            @Nullable Lsn begun = null;
            String reader = "";
            long alive = System.nanoTime();
            while (!there.exists("SELECT FROM " + nonces() + " WHERE id = ?", mark)) {
                Optional<Lag> found = Lag.read(here, slot);
                boolean ours = ApplyWorker.read(there, subscriber.subscription()).receiving();
                Optional<SlotReader> slotReader = SlotReader.of(here, slot);
                slotReader.ifPresent(at -> at.requireWritten(publisher, slot));
                Optional<SlotReader> other = slotReader.filter(at -> !ours && at.isThere());
                if (found.isPresent()) {
                    Lag lag = found.get();
                    Sample sample = lag.sample(there, subscriber.subscription());
                    begun = begun == null ? sample.applied() : begun;
                    long whole = Math.max(1, target.minus(begun));
                    Pace pace = window.add(sample);
                    progress.report(
                            Math.clamp(sample.applied().minus(begun), 0, whole),
                            whole,
                            "bytes of write-ahead log; "
                                    + other.map(at -> "slot " + slot + " is read by " + at.who())
                                            .orElseGet(pace::text));
                    // A worker that fails comes back every few seconds, with another pid and
                    // nothing confirmed.
                    if (ours
                            && lag.active()
                            && (lag.reader().equals(reader) || confirmed(lag, reader))) {
                        alive = System.nanoTime();
                    }
                    reader = lag.active() ? lag.reader() : reader;
                }
                if (System.nanoTime() - alive > silence.toNanos()) {
                    throw other.map(at -> at.taken(publisher, subscriber, slot))
                            .orElseGet(this::silent)
                            .toException();
                }
                Pause.of(Duration.ofMillis(100));
            }
            awaitClose(here, there, slot, window, progress);
        }
    }

    /**
     * The confirmation of what arrived takes a moment; the step holds when it has come. It never
     * does where more is written meanwhile than is applied.
     */
    private void awaitClose(
            Session here, Session there, String slot, PaceWindow window, Progress progress) {
        long deadline = System.nanoTime() + SILENCE.toNanos();
        while (!(observe() instanceof Observation.Done)) {
            Optional<Pace> pace =
                    Lag.read(here, slot)
                            .map(lag -> window.add(lag.sample(there, subscriber.subscription())));
            pace.ifPresent(p -> progress.report(p.behind(), 0, "bytes behind; " + p.text()));
            if (System.nanoTime() > deadline) {
                pace.filter(p -> p.behind() >= CLOSE_BEHIND)
                        .ifPresent(p -> {
                            throw fallsBehind(p);
                        });
                return;
            }
            Pause.of(Duration.ofMillis(100));
        }
    }

    @Override
    public Reversal reversal() {
        return new Reversal.Nothing();
    }

    /** Whether more was confirmed than when {@code reader} was seen. */
    private static boolean confirmed(Lag lag, String reader) {
        return !lag.reader()
                .substring(lag.reader().indexOf(' ') + 1)
                .equals(reader.substring(reader.indexOf(' ') + 1));
    }

    private String nonces() {
        return publisher.marks().sql();
    }

    private Problem silent() {
        return new Problem(
                ExitStatus.FAILED,
                "replication-stands-still",
                "nobody reads from the " + publisher.side() + " server's slot",
                "no apply worker of the "
                        + subscriber.side()
                        + " server has been connected for "
                        + silence.toSeconds()
                        + " s",
                "Read the log of the "
                        + subscriber.side()
                        + " server for the error of its apply worker, fix it, then run the same"
                        + " command again.");
    }

    private RuntimeException fallsBehind(Pace pace) {
        return new Problem(
                        ExitStatus.FAILED,
                        "falls-behind",
                        "the %s server does not come close to the %s one"
                                .formatted(subscriber.side(), publisher.side()),
                        "%s behind after %d s; %s"
                                .formatted(
                                        Size.text(pace.behind()), SILENCE.toSeconds(), pace.text()),
                        "Run the same command again when less is written; or run relevo abort, then"
                                + " relevo start with more --subscriptions, see docs/apply.md.")
                .toException();
    }
}
