package dev.relevo.handover;

import java.util.List;

/**
 * The two directions of replication as a handover needs them: the one that is followed now, and the
 * one back that takes over at the commit point. Each is made of the same number of subscriptions,
 * and the lists have the same order. The handover does not make them itself, it is given them.
 */
public interface Directions {
    /** The subscriptions on {@code to} that follow {@code from} now. */
    List<String> forwardSubscriptions();

    /** The subscriptions on {@code from} that will follow {@code to}. */
    List<String> wayBackSubscriptions();

    /** The slots on {@code to} that the way back will read from. */
    List<String> wayBackSlots();

    /**
     * Makes the slots on {@code to} and the disabled subscriptions on {@code from}, anew: what an
     * earlier attempt left is dropped first. Called while nobody waits and the gate is open,
     * because {@code CREATE SUBSCRIPTION} looks at the publisher.
     */
    void prepareWayBack();

    /**
     * Drops the way back that {@link #prepareWayBack} made; called after the handover was undone.
     */
    void dropWayBack();

    /**
     * After the commit point: drops the forward subscriptions, disabled by then, and their slots.
     */
    void dropForward();
}
