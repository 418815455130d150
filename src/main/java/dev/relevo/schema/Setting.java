package dev.relevo.schema;

import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A configuration parameter and its value, as {@code pg_db_role_setting} keeps them.
 *
 * <p>Parameters that are lists of names are kept with their names quoted and joined; as one literal
 * they would come back as one name, so they are taken apart, as pg_dump does.
 */
record Setting(String name, String value) {
    /** Those with GUC_LIST_QUOTE in PostgreSQL's guc_tables.c. */
    private static final Set<String> LISTS =
            Set.of(
                    "local_preload_libraries",
                    "output_plugin_libraries",
                    "search_path",
                    "session_preload_libraries",
                    "shared_preload_libraries",
                    "temp_tablespaces",
                    "unix_socket_directories");

    /** Reads {@code name=value}. */
    static Setting parse(String text) {
        int equals = text.indexOf('=');
        return new Setting(text.substring(0, equals), text.substring(equals + 1));
    }

    /** Whether it is one that Relevo itself turns during a handover, and so never carries. */
    boolean isReadOnlySwitch() {
        return name.equalsIgnoreCase("default_transaction_read_only");
    }

    /**
     * Whether a server knows the parameter; one with a dot may be anybody's. Since 12 {@code
     * default_with_oids} is there by name only, and refuses to be on.
     */
    boolean isKnownTo(Session session) {
        if (name.equalsIgnoreCase("default_with_oids") && session.version().atLeast(12)) {
            return false;
        }
        return name.contains(".")
                || session.exists(
                        "SELECT 1 WHERE pg_catalog.current_setting(?, true) IS NOT NULL", name);
    }

    /** {@code SET "name" TO 'value'}, to stand behind ALTER ROLE or ALTER DATABASE. */
    String set() {
        String to =
                LISTS.contains(name.toLowerCase(Locale.ROOT))
                        ? elements().stream().map(Quote::literal).collect(Collectors.joining(", "))
                        : Quote.literal(value);
        return "SET " + quotedName() + " TO " + to;
    }

    String reset() {
        return "RESET " + quotedName();
    }

    private String quotedName() {
        return Arrays.stream(name.split("\\.", -1))
                .map(Quote::ident)
                .collect(Collectors.joining("."));
    }

    private List<String> elements() {
        List<String> found = new ArrayList<>();
        StringBuilder element = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' && quoted && i + 1 < value.length() && value.charAt(i + 1) == '"') {
                element.append(c);
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                found.add(element.toString());
                element.setLength(0);
            } else if (quoted || !Character.isWhitespace(c)) {
                element.append(c);
            }
        }
        found.add(element.toString());
        return found;
    }
}
