package dev.relevo.handover;

/**
 * The two directions of replication as a handover needs them: the one that is followed now, and the
 * one back that takes over at the commit point. The handover does not make them itself, it is given
 * them.
 */
public interface Directions {
    /** The subscription on {@code to} that follows {@code from} now. */
    String forwardSubscription();

    /** The subscription on {@code from} that will follow {@code to}. */
    String wayBackSubscription();

    /** The slot on {@code to} that the way back will read from. */
    String wayBackSlot();

    /**
     * Makes the slot on {@code to} and the disabled subscription on {@code from}, anew: what an
     * earlier attempt left is dropped first. Called while nobody waits and the gate is open,
     * because {@code CREATE SUBSCRIPTION} looks at the publisher.
     */
    void prepareWayBack();

    /**
     * Drops the way back that {@link #prepareWayBack} made; called after the handover was undone.
     */
    void dropWayBack();

    /** After the commit point: drops the forward subscription, disabled by then, and its slot. */
    void dropForward();
}
