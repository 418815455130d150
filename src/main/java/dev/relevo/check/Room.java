package dev.relevo.check;

import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;

/**
 * What a server has room for, and what is taken.
 *
 * @param capacity entries of the lock table
 * @param slots {@code max_connections + max_prepared_transactions}, for each of which the lock
 *     table has {@code locks} entries
 * @param locks {@code max_locks_per_transaction}
 * @param connections {@code max_connections}
 * @param reserved how many of them are kept for superusers and the like
 * @param held entries of the lock table that are taken just now
 * @param clients connections of others than Relevo
 * @param here those of them that are in this database
 * @param databases that can be connected to
 * @param moved tables, partitions and sequences of the users' in this database
 * @param made relations that CREATE TABLE and the like of this database's schema make
 * @param catalogs tables of the system's in one database
 * @see <a
 *     href="https://www.postgresql.org/docs/current/runtime-config-locks.html#GUC-MAX-LOCKS-PER-TRANSACTION">
 *     max_locks_per_transaction</a>
 */
record Room(
        long capacity,
        long slots,
        long locks,
        long connections,
        long reserved,
        long held,
        long clients,
        long here,
        long databases,
        long moved,
        long made,
        long catalogs) {

    /** Takes no locks but those of the catalogs it reads; never slow. */
    static Room of(Session session) {
        return session.one(
                SqlFile.load(Room.class, "room"),
                row ->
                        new Room(
                                row.bigint("capacity"),
                                row.bigint("slots"),
                                row.bigint("locks"),
                                row.bigint("connections"),
                                row.bigint("reserved"),
                                row.bigint("held"),
                                row.bigint("clients"),
                                row.bigint("here"),
                                row.bigint("databases"),
                                row.bigint("moved"),
                                row.bigint("made"),
                                row.bigint("catalogs")));
    }

    /**
     * Locks that a handover holds on one server at once: all tables and sequences, and all catalogs
     * of all databases of the server that will serve, which either is once.
     */
    long handover(long tablesAndSequences) {
        return tablesAndSequences + catalogs * databases;
    }

    /** The {@code max_locks_per_transaction} that has room for so many at once. */
    long locksFor(long needed) {
        return (needed + slots - 1) / slots;
    }
}
