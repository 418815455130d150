package dev.relevo.catalog;

import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.List;
import java.util.Locale;

/**
 * Settings with which a session of ours evaluates what clients of the database otherwise do: CHECKs
 * of rows that are copied, indexes, materialized views. A date of a moment hangs on the time zone,
 * and the driver sets that of this machine.
 */
public final class ClientSettings {
    private static final List<String> NAMES =
            List.of("TimeZone", "DateStyle", "extra_float_digits", "bytea_output");

    private ClientSettings() {}

    /** Gives a session what a client has whose role has no settings of its own. */
    public static void set(Session session) {
        session.query(
                        SqlFile.load(ClientSettings.class, "client_settings"),
                        row -> List.of(row.text("name"), row.text("value")),
                        NAMES)
                .forEach(setting ->
                        session.set(
                                setting.getFirst(),
                                setting.getFirst().equals("DateStyle")
                                        ? iso(setting.getLast())
                                        : setting.getLast()));
    }

    /** The driver gives up a connection that writes dates otherwise; how they are read may vary. */
    private static String iso(String dateStyle) {
        String upper = dateStyle.toUpperCase(Locale.ROOT);
        return "ISO, " + (upper.contains("DMY") ? "DMY" : upper.contains("YMD") ? "YMD" : "MDY");
    }
}
