package dev.relevo.replication;

import dev.relevo.pg.Quote;
import dev.relevo.pg.Secret;
import dev.relevo.pg.Session;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import java.time.Duration;
import java.util.List;

/**
 * The slot on the publisher and the subscription that copies every table and then follows.
 *
 * <p>The slot is made first and by itself, with a bounded wait; if we die in between, the next run
 * drops it and begins anew, since nothing has been read from it.
 */
public final class Follow implements Step {
    private static final String OPTIONS = "copy_data = true, enabled = true";

    private final Node publisher;
    private final Node subscriber;

    public Follow(Node publisher, Node subscriber) {
        this.publisher = publisher;
        this.subscriber = subscriber;
    }

    @Override
    public String id() {
        return "subscription";
    }

    @Override
    public String title() {
        return "slot on the "
                + publisher.side()
                + " server, subscription on the "
                + subscriber.side();
    }

    @Override
    public List<Statement> statements() {
        try (Session here = publisher.open("plan")) {
            String slot = publisher.slot(here);
            return List.of(
                    new Statement(
                            publisher.side().label(),
                            "SELECT pg_create_logical_replication_slot('"
                                    + slot
                                    + "', 'pgoutput')"),
                    new Statement(
                            subscriber.side().label(),
                            Subscriptions.statement(
                                    publisher.login(
                                            publisher.replicationRole(here), Secret.of("********")),
                                    subscriber,
                                    slot,
                                    OPTIONS)));
        }
    }

    @Override
    public Observation observe() {
        try (Session there = subscriber.open("subscription");
                Session here = publisher.open("slot")) {
            boolean subscribed = Subscriptions.exists(there, subscriber.subscription());
            boolean slot = Slots.exists(here, publisher.slot(here));
            if (subscribed && !slot) {
                return new Observation.Drifted(
                        "subscription "
                                + subscriber.subscription()
                                + " is there, its slot "
                                + publisher.slot(here)
                                + " is not: changes are lost to it",
                        "A new copy is needed: run relevo abort, then relevo start.");
            }
            if (subscribed && !Subscriptions.isConnected(there, subscriber.subscription())) {
                return new Observation.Drifted(
                        "subscription "
                                + subscriber.subscription()
                                + " is disabled or has lost its slot",
                        "Run relevo abort, then relevo start.");
            }
            if (subscribed) {
                Followed.requireSame(here, publisher.side());
            }
            return subscribed && followsAll(here, there)
                    ? new Observation.Done(subscriber.subscription())
                    : new Observation.Pending();
        }
    }

    @Override
    public void apply(Progress progress) {
        if (refresh()) {
            remember();
            return;
        }
        try (Session here = publisher.open("slot")) {
            Slots.drop(here, publisher.slot(here));
            Slots.create(publisher.endpoint(), publisher.slot(here), Duration.ofSeconds(30));
        }
        remember();
        Subscriptions.create(publisher, subscriber, OPTIONS);
    }

    private void remember() {
        try (Session here = publisher.open("subscription")) {
            Followed.remember(here);
        }
    }

    /** Tables that were published since are added, and copied; the others are not touched. */
    private boolean refresh() {
        try (Session there = subscriber.open("subscription")) {
            if (!Subscriptions.exists(there, subscriber.subscription())) {
                return false;
            }
            there.execute(
                    "ALTER SUBSCRIPTION "
                            + Quote.ident(subscriber.subscription())
                            + " REFRESH PUBLICATION WITH (copy_data = true)");
            return true;
        }
    }

    private boolean followsAll(Session here, Session there) {
        return CopyProgress.tables(there, subscriber.subscription())
                .equals(Publication.published(here));
    }

    @Override
    public Reversal reversal() {
        return new Reversal.Undo(
                List.of(
                        new Statement(
                                subscriber.side().label(),
                                "DROP SUBSCRIPTION IF EXISTS " + subscriber.subscription()),
                        new Statement(
                                publisher.side().label(),
                                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                                        + " WHERE slot_name LIKE 'relevo_%'")),
                () -> Subscriptions.drop(publisher, subscriber));
    }
}
