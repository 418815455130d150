package dev.relevo.ledger;

import java.util.UUID;

/**
 * Which upgrade: made by the first {@code start}, kept on both sides, and proven by every command
 * before it does anything ({@link Proof}).
 *
 * @param id made at random
 * @param old the database that is moved
 * @param fresh where it goes; its OID is 0 until the database is there
 */
public record Identity(UUID id, ServerId old, ServerId fresh) {
    /** A new one for these two. */
    public static Identity of(ServerId old, ServerId fresh) {
        return new Identity(UUID.randomUUID(), old, fresh);
    }

    /**
     * What the names of our slots, roles, subscriptions and publications bear, so that they are not
     * those of another upgrade: the first eight hexadecimal digits of the UUID.
     */
    public String tag() {
        return id.toString().substring(0, 8);
    }

    /** The same upgrade, with the new database known. */
    Identity withDatabase(long oid, String name) {
        return new Identity(id, old, new ServerId(fresh.system(), fresh.timeline(), oid, name));
    }
}
