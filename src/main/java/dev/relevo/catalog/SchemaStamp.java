package dev.relevo.catalog;

import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;

/**
 * A value that is another one after any change of a database's schema, and the same after any use
 * of it. It holds OIDs and transaction numbers of one database, and so is compared with an earlier
 * one of the same database only.
 *
 * <p>One query on system catalogs, some tens of milliseconds for thousands of tables; takes no lock
 * on any table.
 */
public final class SchemaStamp {
    private SchemaStamp() {}

    /** Reads it. */
    public static String of(Session session) {
        return session.text(SqlFile.load(SchemaStamp.class, "schema_stamp"));
    }
}
