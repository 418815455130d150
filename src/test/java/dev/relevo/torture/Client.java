package dev.relevo.torture;

/** Somebody who works on the database all through a round. */
interface Client {
    /**
     * Ends after the transaction it is at, and waits for that; returns when it does nothing more.
     */
    void stop();
}
