package dev.relevo.replication;

import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;

/**
 * Tells a slot that Relevo made from one that was made later under the same name. Such a slot
 * begins where it was made: what was committed since the subscriber last heard of the old one never
 * arrives, and neither server says so.
 *
 * <p>PostgreSQL keeps nothing about a slot that tells when it was made, and has no comment on
 * slots. It keeps a directory of each, {@code pg_replslot/<slot>}, which goes with the slot,
 * however that is dropped. The seal is a file in it, with the part of every name that is the
 * upgrade's own. It survives a crash of the server; a crash of the machine within seconds of its
 * making may take it, then the slot counts as not ours. Base backups leave the directory out.
 *
 * @see <a href="https://www.postgresql.org/docs/current/storage-file-layout.html">Database File
 *     Layout</a>
 */
final class SlotSeal {
    private static final String READ =
            "SELECT FROM pg_catalog.pg_read_file('pg_replslot/' || ? || '/relevo', 0, 64, true) AS seal"
                    + " WHERE pg_catalog.btrim(seal, E'\\n') = ?";

    private SlotSeal() {}

    /** Seals a slot that was made just now. Needs a superuser; takes no lock. */
    static void put(Session session, String slot, String tag) {
        session.execute(statement(slot, tag));
    }

    /** What {@link #put} runs. */
    static String statement(String slot, String tag) {
        return "DO $$ BEGIN EXECUTE pg_catalog.format('COPY (SELECT %L) TO %L', "
                + Quote.literal(tag)
                + ", pg_catalog.current_setting('data_directory') || "
                + Quote.literal("/pg_replslot/" + slot + "/relevo")
                + "); END $$";
    }

    /** Whether a slot is there that was sealed by {@code tag}. */
    static boolean isOn(Session session, String slot, String tag) {
        return session.exists(READ, slot, tag);
    }
}
