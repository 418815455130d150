package dev.relevo.replication;

import dev.relevo.pg.Session;
import java.time.Duration;

/**
 * The two directions of replication between two sides, around a handover.
 *
 * @see dev.relevo.replication.Follow
 */
public final class WayBack {
    private final Node from;
    private final Node to;

    public WayBack(Node from, Node to) {
        this.from = from;
        this.to = to;
    }

    public String forwardSubscription() {
        return to.subscription();
    }

    public String wayBackSubscription() {
        return from.subscription();
    }

    public String wayBackSlot() {
        try (Session session = to.open("slot")) {
            return to.slot(session);
        }
    }

    /**
     * Makes the slot on {@code to} and the disabled subscription on {@code from}. What an earlier
     * attempt left is dropped first: its slot would begin in the past.
     */
    public void prepare() {
        drop();
        Slots.create(to.endpoint(), wayBackSlot(), Duration.ofSeconds(20));
        Subscriptions.create(to, from, "copy_data = false, enabled = false");
    }

    /** Drops the way back, if it is there. */
    public void drop() {
        Subscriptions.drop(to, from);
    }

    /** Drops the forward direction, if it is there. */
    public void dropForward() {
        Subscriptions.drop(from, to);
    }
}
