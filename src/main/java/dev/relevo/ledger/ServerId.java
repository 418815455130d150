package dev.relevo.ledger;

/**
 * Which server, and which database on it: by what no other server shares, not by an address.
 *
 * @param system {@code system_identifier}, made by initdb and kept by every physical copy
 * @param timeline which history of that cluster: another one after a restored backup or a promoted
 *     standby
 * @param database the database's OID; 0 while there is none
 * @param name the database's name, for people
 * @see <a
 *     href="https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-CONTROLDATA">Control
 *     data</a>
 */
public record ServerId(long system, int timeline, long database, String name) {
    /** Whether both are databases of one cluster in one history. */
    public boolean sameServer(ServerId other) {
        return system == other.system && timeline == other.timeline;
    }

    /** Whether both are the same database. */
    public boolean same(ServerId other) {
        return sameServer(other) && database == other.database;
    }

    /** In the words of the catalogs. */
    public String text() {
        return "system identifier "
                + Long.toUnsignedString(system)
                + ", timeline "
                + timeline
                + ", database "
                + name
                + (database == 0 ? "" : " (OID " + database + ")");
    }
}
