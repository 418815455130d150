package dev.relevo.ledger;

import dev.relevo.pg.ServerVersion;
import dev.relevo.pg.SqlFile;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Every table that Relevo keeps in the two databases, but for the marks of the handover, which are
 * as many as there are subscriptions. Nobody else spells their names: queries in Java take them
 * from here, and those in files have <code>${name}</code> in their place.
 */
public enum OwnTable {
    /** Whose upgrade this is. */
    UPGRADE,
    /** Which side this is, and whether clients may write here. */
    STATE,
    /** What an undo has to restore. */
    FACT,
    /** Privileges of schemas as they were before they were closed. */
    SAVED_ACL,
    /** Sequences as they were before they were held back. */
    SAVED_SEQUENCE,
    /** What was done, by whom and how it ended. */
    JOURNAL,
    /** The part of the schema that waits for the rows. */
    AFTER_DATA,
    /** The copy as a whole. */
    COPY_STATE,
    /** The tables of the copy. */
    COPY_TABLE,
    /** The pieces of the copy. */
    COPY_TASK;

    private static final Pattern PLACE = Pattern.compile("\\$\\{(\\w+)}");

    /** The query {@code name.sql} beside {@code owner}, with the tables' names. */
    public static String load(Class<?> owner, String name) {
        return named(SqlFile.load(owner, name));
    }

    /** The newest variant of it that {@code version} understands. */
    public static String load(Class<?> owner, String name, ServerVersion version) {
        return named(SqlFile.load(owner, name, version));
    }

    private static String named(String sql) {
        return PLACE.matcher(sql)
                .replaceAll(place -> valueOf(place.group(1).toUpperCase(Locale.ROOT)).toString());
    }

    /** As it is called in every query. */
    @Override
    public String toString() {
        return "relevo." + name().toLowerCase(Locale.ROOT);
    }
}
