package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.check.Finding;
import dev.relevo.lab.LabServer;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Everything that somebody may set and that is not refused, set at once in the most inconvenient
 * way: at the server, the database, the roles, and the roles in the database, on both servers. The
 * whole way is gone all the same, and both databases are equal at each stop.
 */
class HostileSettingsTest {
    /** Of those a server does not have, nothing is said. */
    private static final Map<String, String> HOSTILE = hostile();

    /** What a client cannot work with either is taken back for the application's role. */
    private static final Set<String> UNBEARABLE =
            Set.of(
                    "statement_timeout",
                    "lock_timeout",
                    "transaction_timeout",
                    "idle_session_timeout",
                    "idle_in_transaction_session_timeout",
                    "default_transaction_isolation",
                    "restrict_nonsystem_relation_kind",
                    "temp_file_limit",
                    "exit_on_error");

    private static Map<String, String> hostile() {
        Map<String, String> all = new LinkedHashMap<>();
        for (String name :
                List.of(
                        "default_transaction_deferrable",
                        "escape_string_warning",
                        "exit_on_error",
                        "ignore_checksum_failure",
                        "jit",
                        "lo_compat_privileges",
                        "log_duration",
                        "log_error_verbosity",
                        "operator_precedence_warning",
                        "default_with_oids",
                        "quote_all_identifiers",
                        "track_io_timing",
                        "transform_null_equals",
                        "zero_damaged_pages",
                        "debug_parallel_query",
                        "force_parallel_mode",
                        "allow_in_place_tablespaces",
                        "log_lock_waits",
                        "debug_print_parse")) {
            all.put(name, name.equals("log_error_verbosity") ? "verbose" : "on");
        }
        for (String name :
                List.of(
                        "array_nulls",
                        "backslash_quote",
                        "check_function_bodies",
                        "event_triggers",
                        "row_security",
                        "standard_conforming_strings",
                        "synchronous_commit",
                        "track_activities",
                        "track_counts",
                        "enable_indexscan",
                        "enable_bitmapscan",
                        "enable_seqscan",
                        "enable_hashjoin",
                        "enable_nestloop",
                        "enable_mergejoin",
                        "enable_sort",
                        "enable_hashagg",
                        "parallel_leader_participation")) {
            all.put(name, "off");
        }
        for (String name :
                List.of(
                        "statement_timeout",
                        "lock_timeout",
                        "idle_session_timeout",
                        "idle_in_transaction_session_timeout")) {
            all.put(name, "1ms");
        }
        // Counted from before a connection, or a parallel worker, has read what it is to have.
        all.put("transaction_timeout", "30s");
        all.put("default_transaction_isolation", "serializable");
        all.put("datestyle", "SQL, DMY");
        all.put("intervalstyle", "sql_standard");
        all.put("timezone", "Asia/Shanghai");
        all.put("bytea_output", "escape");
        all.put("extra_float_digits", "0");
        all.put("client_encoding", "LATIN1");
        all.put("client_connection_check_interval", "1s");
        all.put("client_min_messages", "error");
        all.put("commit_delay", "10000");
        all.put("commit_siblings", "0");
        all.put("constraint_exclusion", "on");
        all.put("createrole_self_grant", "set, inherit");
        all.put("deadlock_timeout", "10min");
        all.put("default_statistics_target", "1");
        all.put("default_toast_compression", "pglz");
        all.put("from_collapse_limit", "1");
        all.put("join_collapse_limit", "1");
        all.put("gin_fuzzy_search_limit", "1");
        all.put("icu_validation_level", "error");
        all.put("jit_above_cost", "0");
        all.put("lc_monetary", "C.utf8");
        all.put("log_statement", "all");
        all.put("log_min_duration_statement", "0");
        all.put("logical_decoding_work_mem", "64kB");
        all.put("maintenance_work_mem", "1MB");
        all.put("work_mem", "64kB");
        all.put("max_parallel_workers_per_gather", "0");
        all.put("max_parallel_maintenance_workers", "0");
        all.put("password_encryption", "md5");
        all.put("plan_cache_mode", "force_generic_plan");
        all.put("restrict_nonsystem_relation_kind", "view, foreign-table");
        all.put("scram_iterations", "1");
        all.put("search_path", "nowhere, public, pg_catalog");
        all.put("stats_fetch_consistency", "snapshot");
        all.put("temp_file_limit", "0");
        all.put("vacuum_cost_delay", "100");
        all.put("vacuum_cost_limit", "1");
        all.put("xmlbinary", "hex");
        all.put("xmloption", "document");
        all.put("tcp_keepalives_idle", "7200");
        all.put("tcp_keepalives_count", "100");
        all.put("session_preload_libraries", "auto_explain");
        all.put("plpgsql.variable_conflict", "use_column");
        all.put("plpgsql.extra_errors", "all");
        all.put("plpgsql.extra_warnings", "all");
        all.put("auto_explain.log_min_duration", "0");
        return all;
    }

    @ParameterizedTest
    @CsvSource({"14, 18", "11, 16"})
    void everythingArrivesWhateverIsSet(int oldMajor, int newMajor) {
        try (Ground ground = Ground.prepared(oldMajor, newMajor)) {
            fill(ground.server(Side.OLD).application());
            set(ground.server(Side.OLD), List.of("pgbench", "postgres"), true);
            set(ground.server(Side.NEW), List.of("postgres"), false);
            assertThat(ground.upgrade.check())
                    .filteredOn(f -> f.severity() == Finding.Severity.ERROR)
                    .isEmpty();

            ground.upgrade.start(_ -> {});
            // The settings of the application's role came along; those of the superuser were his
            // own.
            write(ground, Side.OLD, 1);
            requireEqual(ground, Side.OLD);

            ground.handOver(Side.OLD);
            write(ground, Side.NEW, 2);
            requireEqual(ground, Side.NEW);
            ground.requireTidy(Side.NEW);

            ground.handOver(Side.NEW);
            write(ground, Side.OLD, 3);
            requireEqual(ground, Side.OLD);
            ground.requireTidy(Side.OLD);

            ground.handOver(Side.OLD);
            write(ground, Side.NEW, 4);
            requireEqual(ground, Side.NEW);

            ground.upgrade.finish(_ -> {});
            write(ground, Side.NEW, 5);
        }
    }

    private static void fill(Endpoint application) {
        Ground.run(
                application,
                """
                CREATE TABLE public.facts (id integer PRIMARY KEY, at timestamptz, day date, span interval, raw bytea,
                    tags text[], doc xml, path text, words text CHECK (words <> 'x\\y'), part integer);
                CREATE TABLE public.parted (id integer, part integer, PRIMARY KEY (id, part)) PARTITION BY LIST (part);
                CREATE TABLE public.parted_1 PARTITION OF public.parted FOR VALUES IN (1);
                CREATE TABLE public.parted_2 PARTITION OF public.parted FOR VALUES IN (2);
                CREATE VIEW public.days AS SELECT id, day FROM public.facts WHERE day = NULL OR words IS NULL;
                CREATE MATERIALIZED VIEW public.sums AS SELECT part, count(*) FROM public.parted GROUP BY part;
                CREATE SEQUENCE public.numbers;
                CREATE INDEX facts_words ON public.facts (lower(words));
                """);
    }

    /** Both servers have their own, and each role and database has them too. */
    private static void set(LabServer server, List<String> roles, boolean database) {
        Endpoint there = server.superuser(database ? LabServer.APPLICATION : LabServer.SUPERUSER);
        try (Session session = there.open("test")) {
            if (server.spec().major() >= 15) {
                session.execute("SET allow_in_place_tablespaces = on");
            }
            Set<String> known =
                    new TreeSet<>(
                            session.query(
                                    "SELECT pg_catalog.lower(name) AS name FROM pg_catalog.pg_settings",
                                    row -> row.text("name")));
            HOSTILE.forEach((name, value) -> {
                if (!known.contains(name) && !name.contains(".")) {
                    return;
                }
                String clause = " SET " + name + " = " + value(name, value);
                if (!name.contains(".") && !name.equals("client_encoding")) {
                    session.execute("ALTER SYSTEM" + clause);
                }
                if (database) {
                    session.execute("ALTER DATABASE pgbench" + clause);
                }
                for (String role : roles) {
                    boolean bearable = role.equals("postgres") || !UNBEARABLE.contains(name);
                    String alter = "ALTER ROLE " + Quote.ident(role);
                    if (bearable) {
                        session.execute(alter + clause);
                    } else {
                        session.execute(alter + " SET " + name + " = " + harmless(name));
                    }
                    if (bearable && database) {
                        session.execute(alter + " IN DATABASE pgbench" + clause);
                    }
                }
            });
            session.execute("SELECT pg_reload_conf()");
        }
    }

    private static String value(String name, String value) {
        return name.equals("search_path") ? value : Quote.literal(value);
    }

    private static String harmless(String name) {
        return switch (name) {
            case "default_transaction_isolation" -> "'read committed'";
            case "restrict_nonsystem_relation_kind" -> "''";
            case "exit_on_error" -> "off";
            case "temp_file_limit" -> "-1";
            default -> "0";
        };
    }

    /** As the application, with everything that is set for it, on the side that serves. */
    private static void write(Ground ground, Side serving, int round) {
        ground.awaitServing(serving, java.time.Duration.ofSeconds(60));
        Ground.run(
                ground.superuser(serving),
                """
                INSERT INTO public.facts SELECT g, '2024-03-04 05:06:07+08', '0044-03-15 BC', '-1 mon +3 days 04:05:06.7',
                    '\\x00ff5c', ARRAY['NULL', NULL, 'a\\b"c', '{'], XMLPARSE(CONTENT '<a>' || g || '</a>'), 'c:\\x', 'wörter ' || g, g %% 2 + 1
                    FROM generate_series(%1$d000, %1$d200) g;
                INSERT INTO public.parted SELECT id, part FROM public.facts WHERE id >= %1$d000;
                UPDATE public.facts SET words = NULL WHERE id %% 10 = 0;
                DELETE FROM public.facts WHERE id %% 17 = %1$d;
                SELECT nextval('public.numbers') FROM generate_series(1, 10)
                """
                        .formatted(round));
    }

    private static void requireEqual(Ground ground, Side serving) {
        ground.upgrade.awaitFollowing();
        assertThat(Contents.checksums(ground.superuser(serving.other())))
                .isEqualTo(Contents.checksums(ground.superuser(serving)));
    }
}
