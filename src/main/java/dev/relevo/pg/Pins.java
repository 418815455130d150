package dev.relevo.pg;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What every session of Relevo's sets, whatever server, database and role prescribe: all that
 * changes what triggers, locks, visibility, values, commit and errors mean, and what ends a session
 * half way. {@code docs/settings.md} says of each why it is here, and of those that are not why
 * not.
 *
 * <p>Those that every supported version has, and anybody may set, are start-up options, which win
 * over {@code ALTER ROLE … SET}. The others are {@code SET} right after the log-in; that looks up
 * no name, so it does not wait behind the gate of a handover.
 *
 * @see <a href="https://www.postgresql.org/docs/current/runtime-config.html">Server
 *     configuration</a>
 */
public final class Pins {
    /** Since 11, and for everybody. */
    private static final Map<String, String> AT_START =
            Map.ofEntries(
                    Map.entry("search_path", "pg_catalog"),
                    Map.entry("default_transaction_read_only", "off"),
                    Map.entry("default_transaction_isolation", "read committed"),
                    Map.entry("default_transaction_deferrable", "off"),
                    Map.entry("synchronous_commit", "on"),
                    Map.entry("lock_timeout", "5s"),
                    Map.entry("statement_timeout", "60s"),
                    Map.entry("idle_in_transaction_session_timeout", "0"),
                    // A client that is gone without a word is noticed within a minute.
                    Map.entry("tcp_keepalives_idle", "30"),
                    Map.entry("tcp_keepalives_interval", "10"),
                    Map.entry("tcp_keepalives_count", "3"),
                    Map.entry("row_security", "off"),
                    Map.entry("IntervalStyle", "postgres"),
                    Map.entry("bytea_output", "hex"),
                    Map.entry("xmlbinary", "base64"),
                    Map.entry("xmloption", "content"),
                    Map.entry("lc_monetary", "C"),
                    Map.entry("lc_numeric", "C"),
                    Map.entry("standard_conforming_strings", "on"),
                    Map.entry("escape_string_warning", "off"),
                    Map.entry("backslash_quote", "safe_encoding"),
                    Map.entry("transform_null_equals", "off"),
                    Map.entry("array_nulls", "on"),
                    Map.entry("quote_all_identifiers", "off"),
                    Map.entry("exit_on_error", "off"),
                    Map.entry("default_tablespace", ""),
                    Map.entry("temp_tablespaces", ""),
                    Map.entry("check_function_bodies", "on"),
                    Map.entry("gin_fuzzy_search_limit", "0"),
                    Map.entry("constraint_exclusion", "partition"),
                    // Placeholders until PL/pgSQL is loaded, which takes them over.
                    Map.entry("plpgsql.variable_conflict", "error"),
                    Map.entry("plpgsql.extra_errors", "none"),
                    Map.entry("plpgsql.extra_warnings", "none"),
                    Map.entry("plpgsql.check_asserts", "on"),
                    Map.entry("client_min_messages", "warning"));

    /** Since 11, and for superusers. */
    private static final Map<String, String> PRIVILEGED =
            Map.of(
                    "session_replication_role", "origin",
                    "track_activities", "on",
                    "zero_damaged_pages", "off",
                    "ignore_checksum_failure", "off",
                    "temp_file_limit", "-1",
                    "commit_delay", "0");

    private Pins() {}

    /**
     * All of them as start-up options, for a superuser's connection that is not a {@link Session}:
     * a WAL sender, pg_dump, psql. Without limits of time, which such a connection sets by itself.
     */
    public static Map<String, String> of(ServerVersion version) {
        Map<String, String> all = new TreeMap<>(AT_START);
        all.putAll(PRIVILEGED);
        all.putAll(newer(version));
        Timeouts.of(version).forEach(name -> all.put(name, "0"));
        return all;
    }

    /**
     * What apply workers and WAL senders need of them, to be set for their roles: all but what they
     * set by themselves, and without limits of time.
     */
    public static Map<String, String> ofWorkers(ServerVersion version) {
        Map<String, String> all = of(version);
        all.keySet()
                .removeAll(
                        List.of(
                                "search_path",
                                "session_replication_role",
                                "synchronous_commit",
                                "row_security",
                                "client_min_messages",
                                "check_function_bodies",
                                "default_tablespace",
                                "temp_tablespaces",
                                "tcp_keepalives_idle",
                                "tcp_keepalives_interval",
                                "tcp_keepalives_count",
                                "tcp_user_timeout"));
        return all;
    }

    /** The start-up options of a session. */
    static Map<String, String> atStart() {
        return AT_START;
    }

    /**
     * What follows the log-in, for everybody.
     *
     * @param given what the session sets by itself, which wins
     */
    static List<String> statements(ServerVersion version, Map<String, String> given) {
        return set(newer(version), given);
    }

    /** What follows the log-in, for superusers. */
    static List<String> privilegedStatements(Map<String, String> given) {
        return set(new TreeMap<>(PRIVILEGED), given);
    }

    private static List<String> set(Map<String, String> pins, Map<String, String> given) {
        return pins.entrySet().stream()
                .filter(pin -> !given.containsKey(pin.getKey()))
                .map(pin -> "SET " + pin.getKey() + " = " + Quote.literal(pin.getValue()))
                .toList();
    }

    /** Those that not every supported version has, and anybody may set. */
    private static Map<String, String> newer(ServerVersion version) {
        Map<String, String> pins = new LinkedHashMap<>();
        Timeouts.newer(version).forEach(name -> pins.put(name, "0"));
        if (!version.atLeast(12)) {
            pins.put("default_with_oids", "off");
        }
        if (version.atLeast(12)) {
            pins.put("default_table_access_method", "heap");
            pins.put("tcp_user_timeout", "60s");
        }
        if (version.atLeast(14)) {
            pins.put("client_connection_check_interval", "0");
        }
        if (restrictsRelationKinds(version)) {
            pins.put("restrict_nonsystem_relation_kind", "");
        }
        return pins;
    }

    /** A minor version of each major brought it, because of CVE-2024-7348. */
    public static boolean restrictsRelationKinds(ServerVersion version) {
        int since =
                switch (version.major()) {
                    case 12 -> 20;
                    case 13 -> 16;
                    case 14 -> 13;
                    case 15 -> 8;
                    case 16 -> 4;
                    default -> 0;
                };
        return version.atLeast(12) && version.minor() >= since;
    }
}
