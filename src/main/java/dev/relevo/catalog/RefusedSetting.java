package dev.relevo.catalog;

import dev.relevo.pg.ServerVersion;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.ArrayList;
import java.util.List;

/**
 * A setting of a server, of a database or of a role that would undo a handover or keep it from
 * being done. All others that matter are set by Relevo's own sessions, see {@code
 * docs/settings.md}.
 *
 * <p>Looked for by {@code check}, and again before each handover, because anybody may set it
 * meanwhile. Takes no locks.
 *
 * @param name of the setting
 * @param value it has there
 * @param place where that is
 * @param statement what takes it away, ready to be run there
 * @see <a href="https://www.postgresql.org/docs/current/config-setting.html">Setting parameters</a>
 */
public record RefusedSetting(String name, String value, Place place, String statement) {
    public static final String REPLICATION_ROLE = "session_replication_role";
    public static final String OUTPUT_PLUGINS = "output_plugin_libraries";
    public static final String READ_ONLY = "default_transaction_read_only";

    /** Where a setting stands. */
    public enum Place {
        /** In its files or on its command line. */
        SERVER,
        /** {@code ALTER ROLE ALL}. */
        EVERYBODY,
        DATABASE,
        /** Of a role, in one database or in all. */
        ROLE,
        /** Whoever has the privilege may set it for his session, or for the server. */
        GRANT
    }

    /**
     * Reads the settings; needs a superuser.
     *
     * @param database whose own settings count; empty when it does not exist yet
     */
    public static List<RefusedSetting> read(Session session, String database) {
        ServerVersion version = session.version();
        List<RefusedSetting> all =
                new ArrayList<>(
                        session.query(
                                SqlFile.load(RefusedSetting.class, "refused_settings"),
                                row ->
                                        new RefusedSetting(
                                                row.text("name"),
                                                row.text("value"),
                                                place(row.text("place")),
                                                row.text("statement")),
                                database));
        all.addAll(
                session.query(
                        SqlFile.load(RefusedSetting.class, "refused_grants", version),
                        row ->
                                new RefusedSetting(
                                        REPLICATION_ROLE,
                                        row.text("who") + " may set it",
                                        Place.GRANT,
                                        row.text("statement"))));
        return all;
    }

    /** One line for a person, such as {@code session_replication_role = replica (database)}. */
    public String description() {
        return switch (place) {
            case SERVER -> name + " = " + value + ", of the server";
            case EVERYBODY -> name + " = " + value + ", of all roles";
            case DATABASE -> name + " = " + value + ", of the database";
            case ROLE -> name + " = " + value + ", of a role";
            case GRANT -> name + ": " + value;
        };
    }

    private static Place place(String text) {
        return switch (text) {
            case "server" -> Place.SERVER;
            case "everybody" -> Place.EVERYBODY;
            case "database" -> Place.DATABASE;
            default -> Place.ROLE;
        };
    }
}
