package dev.relevo.torture;

import dev.relevo.catalog.Side;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.problem.ProblemException;
import dev.relevo.torture.Field.Party;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Lets faults happen, and ends them. */
final class Strikes {
    /** Ends a fault. */
    interface Remedy {
        void apply();

        /** Nothing to end. */
        Remedy NONE = () -> {};
    }

    private static final String SETTINGS =
            """
            synchronous_commit = off
            default_transaction_isolation = 'serializable'
            default_transaction_deferrable = on
            statement_timeout = '3s'
            lock_timeout = '1s'
            idle_in_transaction_session_timeout = '4s'
            row_security = off
            datestyle = 'SQL, DMY'
            intervalstyle = 'postgres_verbose'
            timezone = 'Asia/Kathmandu'
            extra_float_digits = -15
            bytea_output = escape
            search_path = 'public, pg_catalog'
            client_min_messages = error
            jit_above_cost = 0
            enable_seqscan = off
            check_function_bodies = off
            default_statistics_target = 1
            vacuum_cost_delay = 10
            quote_all_identifiers = on
            track_activities = on
            """;

    private Strikes() {}

    /**
     * Lets it happen. Those that need no outside help, because Relevo was told to die, happen by
     * themselves.
     */
    static Remedy strike(Fault fault, Scene scene) {
        Field field = scene.field();
        return switch (fault) {
            case NONE, KILL_AT_STEP -> Remedy.NONE;
            case LATE_TABLE -> {
                field.sql(scene.from(), "INSERT INTO public.side_notes (note) VALUES ('late')");
                yield Remedy.NONE;
            }
            case SECOND_OPERATOR -> {
                Operator other = field.operator(Map.of());
                other.give(field.line(Round.command(scene.from()), "--yes"));
                yield () -> {
                    other.await(Duration.ofMinutes(1));
                    other.close();
                };
            }
            case WRONG_SERVER -> {
                Stranger.strike(scene);
                yield Remedy.NONE;
            }
            case KILL_RELEVO -> {
                scene.operator().kill();
                yield Remedy.NONE;
            }
            case STOP_RELEVO -> {
                signal("STOP", scene.operator().pid());
                yield () -> signal("CONT", scene.operator().pid());
            }
            case FREEZE_AT_STEP -> scene.operator()::kill;
            case CRASH_FROM -> crash(field, scene.from());
            case CRASH_TO -> crash(field, scene.to());
            case FREEZE_WALSENDER ->
                    freeze(field, scene.from(), "backend_type = 'walsender'", "pg_stat_activity");
            case FREEZE_APPLY ->
                    freeze(field, scene.to(), "pid IS NOT NULL", "pg_stat_subscription");
            case TERMINATE_REPLICATION -> {
                terminate(field, scene.from(), "backend_type = 'walsender'");
                terminate(
                        field,
                        scene.to(),
                        "backend_type LIKE 'logical replication%'"
                                + " AND backend_type NOT LIKE '%launcher'");
                yield Remedy.NONE;
            }
            case TERMINATE_FROM -> {
                terminate(field, scene.from(), "application_name LIKE 'relevo %'");
                yield Remedy.NONE;
            }
            case TERMINATE_TO -> {
                terminate(field, scene.to(), "application_name LIKE 'relevo %'");
                yield Remedy.NONE;
            }
            case CUT_RELEVO_FROM -> links(scene, Link::cut, line(Party.RELEVO, scene.from()));
            case CUT_RELEVO_TO -> links(scene, Link::cut, line(Party.RELEVO, scene.to()));
            case CUT_RELEVO_BOTH -> links(scene, Link::cut, both(Party.RELEVO));
            case CUT_SERVERS -> links(scene, Link::cut, both(Party.OTHER_SERVER));
            case CUT_CLIENTS_FROM -> links(scene, Link::cut, line(Party.CLIENTS, scene.from()));
            case CUT_CLIENTS_TO -> links(scene, Link::cut, line(Party.CLIENTS, scene.to()));
            case SILENT_RELEVO_FROM ->
                    links(scene, Link::silence, line(Party.RELEVO, scene.from()));
            case SILENT_RELEVO_TO -> links(scene, Link::silence, line(Party.RELEVO, scene.to()));
            case SILENT_RELEVO_BOTH -> links(scene, Link::silence, both(Party.RELEVO));
            case SILENT_SERVERS -> links(scene, Link::silence, both(Party.OTHER_SERVER));
            case HALF_OPEN_RELEVO_FROM ->
                    links(scene, Link::halfOpen, line(Party.RELEVO, scene.from()));
            case HALF_OPEN_RELEVO_TO ->
                    links(scene, Link::halfOpen, line(Party.RELEVO, scene.to()));
            case HALF_OPEN_SERVERS -> links(scene, Link::halfOpen, both(Party.OTHER_SERVER));
            case SLOW_RELEVO -> links(scene, slowly(scene), both(Party.RELEVO));
            case SLOW_SERVERS -> links(scene, slowly(scene), both(Party.OTHER_SERVER));
            case SLOW_CLIENTS -> links(scene, slowly(scene), both(Party.CLIENTS));
            case AUTOVACUUM -> autovacuum(field);
            case DDL -> ddl(scene);
            case INDEX_CONCURRENTLY ->
                    meanwhile(
                            field,
                            scene.from(),
                            "CREATE INDEX CONCURRENTLY torture_index ON public.entries (account)",
                            "DROP INDEX IF EXISTS public.torture_index");
            case VACUUM_FULL ->
                    meanwhile(field, scene.from(), "VACUUM FULL public.accounts", "SELECT 1");
            case DUMP ->
                    meanwhile(
                            field,
                            scene.from(),
                            // what pg_dump does
                            "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;"
                                    + " LOCK TABLE public.accounts, public.entries, public.side_notes"
                                    + " IN ACCESS SHARE MODE; SELECT pg_sleep(2); COMMIT",
                            "SELECT 1");
            case HOSTILE_SETTINGS -> settings(field);
            case PASSWORD -> password(field);
            case STANDBY_FROZEN -> standby(field, scene.from());
            case DISK_FULL_FROM -> diskFull(field, scene.from());
            case DISK_FULL_TO -> diskFull(field, scene.to());
            case WAL_LIMIT -> walLimit(field, scene.to());
        };
    }

    private record Line(Party party, Side side) {}

    private interface Harm {
        void to(Link link);
    }

    private static List<Line> line(Party party, Side side) {
        return List.of(new Line(party, side));
    }

    private static List<Line> both(Party party) {
        return List.of(new Line(party, Side.OLD), new Line(party, Side.NEW));
    }

    private static Harm slowly(Scene scene) {
        int millis = 2 + scene.random().nextInt(20);
        return link -> link.slow(millis);
    }

    private static Remedy links(Scene scene, Harm harm, List<Line> lines) {
        lines.forEach(line -> harm.to(scene.field().link(line.party, line.side)));
        return scene.field()::restoreLinks;
    }

    private static Remedy crash(Field field, Side side) {
        field.server(side).crash();
        return () -> field.server(side).start();
    }

    private static Remedy diskFull(Field field, Side side) {
        SmallDisk disk = field.disk(side);
        disk.fill();
        return disk::free;
    }

    private static Remedy walLimit(Field field, Side side) {
        if (!field.limitsWal(side)) {
            return Remedy.NONE;
        }
        field.elsewhere(side, "ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'");
        field.shared(side, "SELECT pg_reload_conf()");
        AtomicBoolean over = new AtomicBoolean();
        Thread thread =
                Thread.ofPlatform()
                        .daemon()
                        .start(() -> {
                            while (!over.get()) {
                                field.shared(
                                        side,
                                        "SELECT pg_logical_emit_message(false, 'torture', 'x')");
                                field.shared(side, "SELECT pg_switch_wal()");
                                field.elsewhere(side, "CHECKPOINT");
                            }
                        });
        return () -> {
            over.set(true);
            join(thread);
            field.elsewhere(side, "ALTER SYSTEM RESET max_slot_wal_keep_size");
            field.shared(side, "SELECT pg_reload_conf()");
        };
    }

    private static Remedy freeze(Field field, Side side, String which, String view) {
        List<Integer> pids;
        try (Session session = field.superuser(side).withDatabase("postgres").open("torture")) {
            pids =
                    session.query(
                            "SELECT pid FROM pg_catalog." + view + " WHERE " + which,
                            row -> row.integer("pid"));
        }
        List<Integer> frozen = new ArrayList<>();
        for (int pid : pids) {
            try {
                field.server(side).freeze(pid);
                frozen.add(pid);
            } catch (ProblemException e) {
                // It has just ended.
                assert e != null;
            }
        }
        return () -> {
            for (int pid : frozen) {
                try {
                    field.server(side).thaw(pid);
                } catch (ProblemException e) {
                    // It was killed meanwhile.
                    assert e != null;
                }
            }
        };
    }

    private static void terminate(Field field, Side side, String which) {
        field.shared(
                side,
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND "
                        + which);
    }

    private static Remedy autovacuum(Field field) {
        Map<String, String> eager =
                Map.of(
                        "autovacuum_naptime", "1s",
                        "autovacuum_vacuum_threshold", "1",
                        "autovacuum_vacuum_scale_factor", "0",
                        "autovacuum_analyze_threshold", "1",
                        "autovacuum_analyze_scale_factor", "0",
                        "autovacuum_vacuum_cost_delay", "0");
        for (Side side : Side.values()) {
            eager.forEach((name, value) ->
                    field.sql(side, "ALTER SYSTEM SET " + name + " = '" + value + "'"));
            field.shared(side, "SELECT pg_reload_conf()");
        }
        return () -> {
            for (Side side : Side.values()) {
                eager.keySet().forEach(name -> field.sql(side, "ALTER SYSTEM RESET " + name));
                field.shared(side, "SELECT pg_reload_conf()");
            }
        };
    }

    /** A new column, as a migration of the application's; later on the other side as well. */
    private static Remedy ddl(Scene scene) {
        String column = "c" + Math.floorMod(scene.random().nextInt(), 1_000_000);
        String add =
                "SET lock_timeout = '20s'; ALTER TABLE public.side_notes ADD COLUMN IF NOT EXISTS "
                        + column
                        + " int";
        Thread thread = background(scene.field(), scene.from(), add);
        return () -> {
            join(thread);
            for (Side side : Side.values()) {
                scene.field().sql(side, add);
            }
        };
    }

    private static Remedy meanwhile(Field field, Side side, String statement, String afterwards) {
        Thread thread = background(field, side, statement);
        return () -> {
            join(thread);
            field.sql(side, afterwards);
        };
    }

    private static Thread background(Field field, Side side, String statement) {
        return Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    try (Session session =
                            field.superuser(side)
                                    .open("migration", Map.of("statement_timeout", "25s"))) {
                        session.execute(statement);
                    } catch (PgException | ProblemException e) {
                        // Sent away, or too late: such things happen to migrations.
                        assert e != null;
                    }
                });
    }

    private static void join(Thread thread) {
        try {
            thread.join(Duration.ofSeconds(30));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Remedy settings(Field field) {
        for (Side side : Side.values()) {
            SETTINGS.lines().forEach(line -> field.sql(side, "ALTER DATABASE pgbench SET " + line));
        }
        return () -> {
            for (Side side : Side.values()) {
                SETTINGS.lines()
                        .forEach(line ->
                                field.sql(
                                        side,
                                        "ALTER DATABASE pgbench RESET " + line.split(" ", 2)[0]));
            }
        };
    }

    /** Of the application's role, on both servers, to something that its clients do not know. */
    private static Remedy password(Field field) {
        Map<Side, String> before = new java.util.EnumMap<>(Side.class);
        for (Side side : Side.values()) {
            Optional<String> verifier =
                    Optional.of(
                            field.shared(
                                    side,
                                    "SELECT rolpassword FROM pg_authid WHERE rolname = 'pgbench'"));
            before.put(side, verifier.get());
            field.sql(side, "ALTER ROLE pgbench PASSWORD 'another one'");
        }
        return () ->
                before.forEach((side, verifier) ->
                        field.sql(side, "ALTER ROLE pgbench PASSWORD '" + verifier + "'"));
    }

    /**
     * To the server, a standby that is frozen is one that does not answer, as one that is not
     * there.
     */
    private static Remedy standby(Field field, Side side) {
        field.sql(side, "ALTER SYSTEM SET synchronous_standby_names = 'torture_standby'");
        field.shared(side, "SELECT pg_reload_conf()");
        return () -> {
            field.sql(side, "ALTER SYSTEM RESET synchronous_standby_names");
            field.shared(side, "SELECT pg_reload_conf()");
        };
    }

    private static void signal(String name, long pid) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
