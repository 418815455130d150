package dev.relevo.check;

/**
 * What an upgrade takes on one server, beyond what is in use there.
 *
 * @param slots replication slots, those of table synchronization included
 * @param walSenders connections that stream changes
 * @param logicalWorkers apply and table synchronization workers; each is also a worker process
 * @param connections of Relevo's own at once, without those that a handover has in other databases
 */
public record Needs(int slots, int walSenders, int logicalWorkers, int connections) {}
