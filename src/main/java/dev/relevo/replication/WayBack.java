package dev.relevo.replication;

import dev.relevo.pg.Session;
import dev.relevo.plan.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The two directions of replication between two sides, around a handover, each made of as many
 * subscriptions as the upgrade has.
 *
 * @see dev.relevo.replication.Follow
 */
public final class WayBack {
    private static final String DISABLED = "copy_data = false, enabled = false";

    private final Node from;
    private final Node to;
    private final int subscriptions;

    public WayBack(Node from, Node to, int subscriptions) {
        this.from = from;
        this.to = to;
        this.subscriptions = subscriptions;
    }

    public List<String> forwardSubscriptions() {
        return to.parts(subscriptions).stream().map(Node::subscription).toList();
    }

    public List<String> wayBackSubscriptions() {
        return from.parts(subscriptions).stream().map(Node::subscription).toList();
    }

    public List<String> wayBackSlots() {
        return to.parts(subscriptions).stream().map(Node::slot).toList();
    }

    /**
     * Makes the slots on {@code to} and the disabled subscriptions on {@code from}. What an earlier
     * attempt left is dropped first: its slots would begin in the past.
     */
    public void prepare() {
        drop();
        List<String> slots = wayBackSlots();
        Slots.create(to.endpoint(), slots.getFirst(), Duration.ofSeconds(20));
        try (Session session = to.open("slot")) {
            slots.stream().skip(1).forEach(copy -> Slots.copy(session, slots.getFirst(), copy));
            slots.forEach(slot -> SlotSeal.put(session, slot, to.tag()));
        }
        for (int part = 1; part <= subscriptions; part++) {
            Subscriptions.create(to.part(part), from.part(part), DISABLED);
        }
    }

    /** What {@link #prepare} runs when there is nothing to drop before. */
    public List<Statement> prepareStatements() {
        List<Statement> statements = new ArrayList<>();
        String first = to.slot();
        statements.add(new Statement(to.side().label(), Slots.createStatement(first)));
        for (Node publisher : to.parts(subscriptions)) {
            String slot = publisher.slot();
            if (publisher.part() > 1) {
                statements.add(new Statement(to.side().label(), Slots.copyStatement(first, slot)));
            }
            statements.add(new Statement(to.side().label(), SlotSeal.statement(slot, to.tag())));
            statements.addAll(
                    Subscriptions.statements(publisher, from.part(publisher.part()), DISABLED));
        }
        return statements;
    }

    /** What {@link #dropForward} runs. */
    public List<Statement> dropForwardStatements() {
        List<Statement> statements = new ArrayList<>();
        for (Node publisher : from.parts(subscriptions)) {
            Subscriptions.dropStatements(to.part(publisher.part()).subscription())
                    .forEach(text -> statements.add(new Statement(to.side().label(), text)));
            Slots.dropStatements(publisher.slot())
                    .forEach(text -> statements.add(new Statement(from.side().label(), text)));
        }
        return statements;
    }

    /** Drops the way back, if it is there. */
    public void drop() {
        drop(to, from);
    }

    /** Drops the forward direction, if it is there. */
    public void dropForward() {
        drop(from, to);
    }

    private void drop(Node publisher, Node subscriber) {
        for (int part = 1; part <= subscriptions; part++) {
            Subscriptions.drop(publisher.part(part), subscriber.part(part));
        }
    }
}
