package dev.relevo.replication;

import dev.relevo.catalog.LostChanges;
import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Pins;
import dev.relevo.pg.ReplicationSession;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlState;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import dev.relevo.problem.Pause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The slot on the publisher, and the snapshot in which its changes begin, kept in the server.
 *
 * <p>Each further subscription has a copy of that slot, made before anybody has read from it, so
 * the one snapshot is the beginning of all.
 *
 * <p>What is copied in that snapshot and then followed from that slot is complete, nothing lost and
 * nothing doubled; which tables were meant is remembered with it ({@link Followed}). Both are known
 * by one entry of {@link Facts}, which is written last. If it is killed before, the next run ends a
 * keeper nobody knows and begins anew; if the keeper is gone before all data are copied, the
 * snapshot cannot be had again, and slot, snapshot and copy begin anew under another name. Takes no
 * locks; making the slot waits for open transactions that write.
 */
public final class Snapshot implements Step {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String KEY = "snapshot";

    private final Node publisher;
    private final Node subscriber;
    private final int subscriptions;
    private final Predicate<String> loaded;
    private final Duration patience;

    /**
     * Says what a snapshot is needed for.
     *
     * @param subscriptions how many slots are to begin with it
     * @param loaded whether all data of the copy with this name are on the subscriber for good, so
     *     that its snapshot has done its work
     */
    public Snapshot(Node publisher, Node subscriber, int subscriptions, Predicate<String> loaded) {
        this(publisher, subscriber, subscriptions, loaded, PATIENCE);
    }

    /**
     * The same with another patience.
     *
     * @param patience how long to wait for transactions that write
     */
    Snapshot(
            Node publisher,
            Node subscriber,
            int subscriptions,
            Predicate<String> loaded,
            Duration patience) {
        this.publisher = publisher;
        this.subscriber = subscriber;
        this.subscriptions = subscriptions;
        this.loaded = loaded;
        this.patience = patience;
    }

    /**
     * A snapshot that was made.
     *
     * @param copy a name of its own for what is copied in it
     * @param keeper where it is held, or was
     */
    private record Made(String copy, Keeper keeper) {}

    /**
     * A snapshot that can be imported now.
     *
     * @param copy a name of its own for what is copied in it
     * @param id for {@code SET TRANSACTION SNAPSHOT}
     */
    public record Held(String copy, String id) {}

    /** The snapshot of a publisher that can be imported now. */
    public static Optional<Held> held(Node publisher) {
        try (Session here = publisher.open(KEY)) {
            return made(here)
                    .filter(made -> made.keeper().isAlive(here))
                    .map(made -> new Held(made.copy(), made.keeper().snapshot()));
        }
    }

    /** Whether the snapshot can be imported now. */
    public static boolean isHeld(Session publisher) {
        return made(publisher).filter(made -> made.keeper().isAlive(publisher)).isPresent();
    }

    /** The name of the copy that was begun last, whether its snapshot is still held or not. */
    public static Optional<String> copy(Node publisher) {
        try (Session here = publisher.open(KEY)) {
            return made(here).map(Made::copy);
        }
    }

    /** Ends what keeps the snapshot; the slot stays. */
    public static void release(Node publisher) {
        try (Session here = publisher.open(KEY)) {
            Keeper.endAll(here);
        }
    }

    @Override
    public String id() {
        return KEY;
    }

    @Override
    public String title() {
        return "slot and snapshot on the " + publisher.side() + " server";
    }

    @Override
    public List<Statement> statements() {
        List<Statement> statements = new ArrayList<>();
        statements.add(
                new Statement(
                        publisher.side().label(),
                        "CREATE_REPLICATION_SLOT "
                                + publisher.slot()
                                + " LOGICAL pgoutput EXPORT_SNAPSHOT"));
        for (String copy : copies()) {
            statements.add(
                    new Statement(
                            publisher.side().label(), Slots.copyStatement(publisher.slot(), copy)));
        }
        for (String slot : slots()) {
            statements.add(
                    new Statement(
                            publisher.side().label(), SlotSeal.statement(slot, publisher.tag())));
        }
        return statements;
    }

    @Override
    public Observation observe() {
        try (Session there = subscriber.open(KEY);
                Session here = publisher.open(KEY)) {
            List<Integer> subscribed = new ArrayList<>();
            List<Integer> usable = new ArrayList<>();
            for (int part = 1; part <= subscriptions; part++) {
                if (Subscriptions.exists(there, subscriber.part(part).subscription())) {
                    subscribed.add(part);
                }
                if (Slots.isUsable(here, publisher.part(part))) {
                    usable.add(part);
                }
            }
            if (!subscribed.isEmpty()) {
                return inUse(subscribed, usable);
            }
            boolean slots = usable.size() == subscriptions;
            return made(here)
                    .filter(made ->
                            slots && (made.keeper().isAlive(here) || loaded.test(made.copy())))
                    .<Observation>map(made -> new Observation.Done(made.keeper().snapshot()))
                    .orElseGet(Observation.Pending::new);
        }
    }

    /** The slots that nobody follows from yet must be there still: they cannot be made again. */
    private Observation inUse(List<Integer> subscribed, List<Integer> usable) {
        List<String> missing =
                IntStream.rangeClosed(1, subscriptions)
                        .filter(part -> !subscribed.contains(part) && !usable.contains(part))
                        .mapToObj(part -> publisher.part(part).slot())
                        .toList();
        return missing.isEmpty()
                ? new Observation.Done(
                        "in use by "
                                + subscribed.stream()
                                        .map(part -> subscriber.part(part).subscription())
                                        .collect(Collectors.joining(", ")))
                : new Observation.Drifted(
                        "slot "
                                + String.join(", ", missing)
                                + " is gone, or was made again: its changes are lost",
                        LostChanges.NEW_COPY);
    }

    private List<String> slots() {
        return publisher.parts(subscriptions).stream().map(Node::slot).toList();
    }

    /** The slots of the further subscriptions. */
    private List<String> copies() {
        return slots().subList(1, subscriptions);
    }

    @Override
    public void apply(Progress progress) {
        String slot;
        Map<String, String> settings = new HashMap<>();
        try (Session here = publisher.open(KEY)) {
            forget(here);
            settings.putAll(Pins.of(here.version()));
            slot = publisher.slot();
            Followed.remember(here);
        }
        settings.put("lock_timeout", patience.toMillis() + "ms");
        try (ReplicationSession walsender =
                ReplicationSession.open(publisher.endpoint(), "slot", settings)) {
            String exported = create(walsender, slot);
            Keeper keeper = Keeper.start(publisher.endpoint(), exported, Keeper.PATIENCE);
            try (Session here = publisher.open(KEY)) {
                copies().forEach(copy -> Slots.copy(here, slot, copy));
                slots().forEach(made -> SlotSeal.put(here, made, publisher.tag()));
                new Facts(here)
                        .put(
                                Fact.SNAPSHOT,
                                List.of(
                                        UUID.randomUUID().toString(),
                                        keeper.snapshot(),
                                        Integer.toString(keeper.number())));
            }
        }
    }

    /** Bounded twice: each lock by the server, all of it by us. */
    private String create(ReplicationSession walsender, String slot) {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<ReplicationSession.Slot> creating =
                    executor.submit(() -> walsender.createSlot(slot));
            try {
                return creating.get(patience.toMillis(), TimeUnit.MILLISECONDS).snapshot();
            } catch (TimeoutException e) {
                throw Slots.waits(publisher.endpoint(), slot, patience, e);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof PgException cause) {
                    throw cause.is(SqlState.LOCK_NOT_AVAILABLE)
                            ? Slots.waits(publisher.endpoint(), slot, patience, cause)
                            : cause;
                }
                throw new IllegalStateException(e);
            } catch (InterruptedException e) {
                throw Pause.interrupted(e);
            } finally {
                if (!creating.isDone()) {
                    // Ends the wait; the slot was not finished and goes with it.
                    try (Session here = publisher.open(KEY)) {
                        here.text("SELECT pg_catalog.pg_terminate_backend(?)", walsender.pid());
                        Slots.drop(here, slot);
                    }
                }
            }
        }
    }

    @Override
    public Reversal reversal() {
        return publisher
                .openIfThere(KEY)
                .<Reversal>map(session -> {
                    try (session) {
                        boolean slots =
                                publisher.parts(subscriptions).stream()
                                        .anyMatch(node -> Slots.exists(session, node.slot()));
                        return made(session).isPresent() || slots || Keeper.isAny(session)
                                ? undo(
                                        publisher.parts(subscriptions).stream()
                                                .map(node -> node.slot())
                                                .toList())
                                : new Reversal.Nothing();
                    }
                })
                .orElseGet(Reversal.Nothing::new);
    }

    private Reversal undo(List<String> slots) {
        return new Reversal.Undo(
                slots.stream()
                        .map(slot ->
                                new Statement(
                                        publisher.side().label(),
                                        "SELECT pg_drop_replication_slot('" + slot + "')"))
                        .toList(),
                () ->
                        publisher
                                .openIfThere(KEY)
                                .ifPresent(session -> {
                                    try (session) {
                                        forget(session);
                                    }
                                }));
    }

    private void forget(Session here) {
        Keeper.endAll(here);
        publisher.parts(subscriptions).forEach(node -> Slots.drop(here, node.slot()));
        new Facts(here).remove(Fact.SNAPSHOT);
        Followed.forget(here);
    }

    private static Optional<Made> made(Session here) {
        return new Facts(here)
                .get(Fact.SNAPSHOT)
                .map(made ->
                        new Made(
                                made.get(0),
                                new Keeper(made.get(1), Integer.parseInt(made.get(2)))));
    }
}
